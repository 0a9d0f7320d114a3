"""Makes the golden fixtures of the decoder: Hugging Face transformers' Llama on small random weights.

    python3 make_decoder_fixtures.py        # writes beside itself, in seconds

Made with torch 2.15.0, transformers 5.23.0, safetensors 0.8.0 on a CPU, one thread, seeds below.
For NAME in `tied` (2 layers, the head is the embedding) and `untied` (3 layers, a head of its own):

weights_NAME.safetensors   The initial weights: F32, Llama's tensor names; lm_head.weight only in `untied`.
golden_NAME.safetensors    F32, at these weights:
    logits_0 ... logits_2      [length, vocabulary], each sequence run alone, without padding
    grad.<parameter>           the loss's gradient by every parameter
golden_NAME.json
    config                     the decoder's shape
    sequences                  three lists of input tokens
    targets                    for each sequence its targets: place, token, weight
    normalizer                 loss = sum of weight * -log softmax(logits[place])[token] / normalizer
    loss                       at the initial weights
    adamw, adafactor           the optimiser's options, and `losses`: ten updates, each on the loss of all
                               three sequences, constant learning rate, no clipping of the gradient's norm;
                               losses[i] is the loss after i updates

Weights are floats that a Float holds exactly. A place can have no target, one, or two. Adafactor is
transformers.optimization.Adafactor: second moments factored for matrices, its decay 1 - step^-0.8,
epsilon added to the squared gradient, each tensor's update clipped to RMS `clipThreshold`, then the
first moment over the scaled updates. The script prints how far the same ten losses computed in double
precision lie from the stored ones: what a test may ask for is somewhat more than that.
"""

import json
from pathlib import Path

import safetensors.torch
import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.optimization import Adafactor

FOLDER = Path(__file__).parent
LENGTHS = (5, 9, 12)
NORMALIZER = 16.0
STEPS = 10
SHAPES = {
    "tied": dict(
        vocabulary=50, width=16, layers=2, heads=4, keyValueHeads=2, headDimension=4, feedForward=24,
        rotaryBase=10000.0, normEpsilon=1e-5, tiedHead=True),
    "untied": dict(
        vocabulary=50, width=24, layers=3, heads=6, keyValueHeads=2, headDimension=4, feedForward=32,
        rotaryBase=10000.0, normEpsilon=1e-5, tiedHead=False),
}
ADAMW = dict(learningRate=2e-3, beta1=0.9, beta2=0.95, epsilon=1e-8, weightDecay=0.0)
ADAFACTOR = dict(learningRate=1e-3, beta1=0.9, clipThreshold=1.0, epsilon=1e-30, weightDecay=0.0)


def random_model(shape, generator):
    """Weights that leave no term of the gradient small: gains around 1, not at it."""
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=shape["vocabulary"], hidden_size=shape["width"], intermediate_size=shape["feedForward"],
        num_hidden_layers=shape["layers"], num_attention_heads=shape["heads"],
        num_key_value_heads=shape["keyValueHeads"], head_dim=shape["headDimension"],
        rope_parameters={"rope_type": "default", "rope_theta": shape["rotaryBase"]},
        rms_norm_eps=shape["normEpsilon"], tie_word_embeddings=shape["tiedHead"],
        max_position_embeddings=64, attn_implementation="eager")).float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                parameter.copy_(1 + 0.2 * noise)
            elif "embed_tokens" in name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(noise / parameter.shape[1] ** 0.5)
    return model


def random_sequences(vocabulary, generator):
    return [torch.randint(vocabulary, (length,), generator=generator).tolist() for length in LENGTHS]


def random_targets(sequences, vocabulary, generator):
    """For each place none to two distinct tokens; weights are multiples of 1/8."""
    def at(place, count):
        tokens = torch.randperm(vocabulary, generator=generator)[:count].tolist()
        eighths = torch.randint(1, 13, (count,), generator=generator).tolist()
        return [dict(place=place, token=t, weight=e / 8) for t, e in zip(tokens, eighths)]

    counts = [[1, 1, 2, 0][place % 4] for place in range(max(LENGTHS))]
    return [[t for place in range(len(s)) for t in at(place, counts[place])] for s in sequences]


def loss_of(model, sequences, targets):
    """The cross entropy is taken in double precision, so that a loss carries the logits' noise alone."""
    total = 0.0
    for sequence, listed in zip(sequences, targets):
        log_probabilities = model(torch.tensor([sequence])).logits[0].double().log_softmax(-1)
        for t in listed:
            total = total - t["weight"] * log_probabilities[t["place"], t["token"]]
    return total / NORMALIZER


def training_losses(model, weights, make_optimizer, sequences, targets):
    """Ten losses from the given weights, each before its update."""
    model.load_state_dict(weights)
    optimizer = make_optimizer(model.parameters())
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model, sequences, targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def adamw(parameters):
    return torch.optim.AdamW(
        parameters, lr=ADAMW["learningRate"], betas=(ADAMW["beta1"], ADAMW["beta2"]), eps=ADAMW["epsilon"],
        weight_decay=ADAMW["weightDecay"])


def adafactor(parameters):
    return Adafactor(
        parameters, lr=ADAFACTOR["learningRate"], beta1=ADAFACTOR["beta1"],
        clip_threshold=ADAFACTOR["clipThreshold"], eps=(ADAFACTOR["epsilon"], 1e-3),
        weight_decay=ADAFACTOR["weightDecay"], scale_parameter=False, relative_step=False, warmup_init=False)


def make(name, shape, seed):
    generator = torch.Generator().manual_seed(seed)
    model = random_model(shape, generator)
    sequences = random_sequences(shape["vocabulary"], generator)
    targets = random_targets(sequences, shape["vocabulary"], generator)
    named = dict(model.named_parameters())  # lists a tied head once, as the embedding
    safetensors.torch.save_file(
        {key: value.detach() for key, value in named.items()}, FOLDER / f"weights_{name}.safetensors",
        metadata={"format": "pt"})

    loss = loss_of(model, sequences, targets)
    loss.backward()
    golden = {f"grad.{key}": value.grad for key, value in named.items()}
    with torch.no_grad():
        golden |= {f"logits_{i}": model(torch.tensor([s])).logits[0] for i, s in enumerate(sequences)}
    safetensors.torch.save_file(golden, FOLDER / f"golden_{name}.safetensors")

    weights = {key: value.clone() for key, value in model.state_dict().items()}
    runs = {"adamw": (ADAMW, adamw), "adafactor": (ADAFACTOR, adafactor)}
    trained = {key: options | {"losses": training_losses(model, weights, optimizer, sequences, targets)}
               for key, (options, optimizer) in runs.items()}
    write_json(FOLDER / f"golden_{name}.json", {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "config": shape, "sequences": sequences, "targets": targets, "normalizer": NORMALIZER,
        "loss": loss.item(), **trained})

    model.double()
    for key, (_, optimizer) in runs.items():
        exact = training_losses(model, weights, optimizer, sequences, targets)
        drift = max(abs(a - b) for a, b in zip(exact, trained[key]["losses"]))
        print(f"{name} {key}: losses {exact[0]:.6f} ... {exact[-1]:.6f}, float32 differs by {drift:.1e}")


def write_json(path, content):
    """One line for each entry, so that a change shows in a diff."""
    lines = [f'  {json.dumps(key)}: {json.dumps(value)}' for key, value in content.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for seed, (name, shape) in enumerate(SHAPES.items(), start=1):
        make(name, shape, seed)
