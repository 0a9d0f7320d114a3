"""Times scoring of a query's candidates in PyTorch, by transformers and its prompt cache.

    python3 pytorch_scoring.py queries.json [--steps 4]

Needs torch and transformers. The JSON file, which the project's own benchmark writes:

    {"config": {...as for pytorch_decoder_step.py},
     "queries": [{"prompt": [...], "documents": [[...], ...]}, ...]}

A step is one query: its prompt goes through the model once and leaves keys and values in a cache (logits of
the last token alone), then each document goes through with that cache, which is cropped to the prompt
after it. A document's score is the mean log-probability of its tokens. Weights are random: times do not depend on
them. Prints one line of JSON, see step_timing.py; "losses" holds each query's mean score.
"""

import argparse
import json

import torch
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

from step_timing import add_timing_options, forward_precision, run_steps


def make_model(c):
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=c["vocabulary"], hidden_size=c["width"], intermediate_size=c["feedForward"],
        num_hidden_layers=c["layers"], num_attention_heads=c["heads"], num_key_value_heads=c["kvHeads"],
        head_dim=c["headDimension"], rms_norm_eps=c["normEpsilon"], rope_theta=c["ropeBase"],
        tie_word_embeddings=c["tied"], max_position_embeddings=4096)).eval()


@torch.inference_mode()
def scores(model, query):
    cache = DynamicCache(config=model.config)
    prompt = torch.tensor([query["prompt"]])
    first = model(prompt, past_key_values=cache, logits_to_keep=1).logits[0, -1].log_softmax(-1)
    results = []
    for document in query["documents"]:
        total = first[document[0]]
        if len(document) > 1:
            logits = model(torch.tensor([document[:-1]]), past_key_values=cache).logits[0]
            rest = torch.tensor(document[1:])
            total = total + logits.log_softmax(-1).gather(1, rest[:, None]).sum()
            cache.crop(1 - len(document))
        results.append(float(total) / len(document))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("queries", help="JSON file, see this script's head")
    add_timing_options(parser, steps=4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    with open(options.queries) as file:
        exported = json.load(file)
    model, queries = make_model(exported["config"]), exported["queries"]

    def step(index):
        with forward_precision(options):
            own = scores(model, queries[index % len(queries)])
        return sum(own) / len(own)

    run_steps(options, step, mode="scoring")


if __name__ == "__main__":
    main()
