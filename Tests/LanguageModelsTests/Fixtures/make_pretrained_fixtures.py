"""Makes the fixtures of pretrained models' files, with transformers, tokenizers and gguf as the reference.

    python3 make_pretrained_fixtures.py [SmolLM2-135M-Instruct.Q4_1.gguf]

Needs torch, transformers, tokenizers, gguf, safetensors, numpy. Writes beside itself:

    blocks.gguf, blocks.safetensors   random blocks of every quantised format, and what they mean
    tiny-mistral/                     a random model with grouped queries, untied head and sliding window, in two
                                      shards, with a SentencePiece-style tokenizer.json; tiny-mistral.json: token ids,
                                      logits, gradients of some texts; tiny-metaspace.json: its tokenizer with the
                                      blanks in the pre-tokenizer
    tiny-llama.gguf                   a random Llama with byte-level BPE; tiny-llama.json: token ids and logits
    smollm2.json                      (given the GGUF) token ids, and logits at the ends of 20 prompts
    token-hashes.json                 hashes of the token ids of all of WordNet's noun synsets, and of 1,000 prompts,
                                      for each tokenizer (/usr/share/wordnet: Debian's wordnet-base)
"""

import json
import random
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

HERE = Path(__file__).parent
NAMES = ["deer.n.01", "even-toed_ungulate.n.01", "physical_entity.n.01", "Saint_Peter's.n.12", "1750s.n.01", "d'accord.n.01"]
TEXTS = NAMES + [
    "The hypernyms are separated by the delimiter '||'.", "  two  blanks and a tab\tand\n\nlines \n", "1234567 and 89.5%",
    "na\u00efve caf\u00e9 cafe\u0301 \u4e2d\u6587 \U0001f600 \u0661\u0662", "I've we'll they're DON'T 'tis", " leading", "trailing ", "", " ", "a",
    "accent \u0301alone", "x" * 300, "\u2581already marked\u2581", "<|im_start|>user\nHello<|im_end|>", "</s><s>[INST] a [/INST]",
]


def blocks():
    random_state = np.random.default_rng(3)
    writer = gguf.GGUFWriter(HERE / "blocks.gguf", "llama")
    meanings = {}
    for kind in ["Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K", "F16", "BF16", "F32"]:
        quantization = gguf.GGMLQuantizationType[kind]
        weights, size = gguf.GGML_QUANT_SIZES[quantization]
        count = 512 // weights
        if weights == 1:
            raw = gguf.quants.quantize(random_state.normal(size=(2, 256)).astype(np.float32), quantization)
        else:
            raw = random_state.integers(0, 256, size=(2, count // 2 * size), dtype=np.uint8)
            # Scales are ordinary numbers; all other bits are whatever they are.
            halves = {"Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q4_K": [0, 2], "Q6_K": [208]}[kind]
            for row in raw:
                for block in range(count // 2):
                    for place in halves:
                        start = block * size + place
                        row[start:start + 2] = np.frombuffer(np.float16(random_state.normal()).tobytes(), np.uint8)
        meanings[kind.lower()] = torch.from_numpy(np.array(gguf.quants.dequantize(raw, quantization)).reshape(2, 256))
        writer.add_tensor(kind.lower(), raw, raw_dtype=quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(meanings, HERE / "blocks.safetensors")


def sentencepiece_tokenizer():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<unk>", "<s>", "</s>", "[INST]", "[/INST]"] + [f"<0x{b:02X}>" for b in range(256)],
        show_progress=False)
    tokenizer.train_from_iterator(TEXTS + [text.replace("_", " ") for text in NAMES] * 3, trainer)
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = [entry for entry in state["added_tokens"] if not entry["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    return tokenizer


def byte_level_tokenizer(vocabulary=600):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(TEXTS * 2, trainer)
    return tokenizer


def golden(model, tokenizer, texts, gradients=None):
    facts = []
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        fact = {"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)}
        if 1 < len(ids) < 60:
            with torch.no_grad():
                fact["logits"] = model(torch.tensor([ids])).logits[0, -1].tolist()
        facts.append(fact)
    return facts


def mistral():
    folder = HERE / "tiny-mistral"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tokenizer = sentencepiece_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(5)
    config = MistralConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8, sliding_window=5, tie_word_embeddings=False,
        rope_theta=5000.0, attn_implementation="eager", initializer_range=0.3)
    model = MistralForCausalLM(config).float()
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    shards = {"model-00001-of-00002.safetensors": {}, "model-00002-of-00002.safetensors": {}}
    for index, name in enumerate(sorted(state)):
        shards[list(shards)[index % 2]][name] = state[name]
    for name, tensors in shards.items():
        save_file(tensors, folder / name)
    weight_map = {tensor: name for name, tensors in shards.items() for tensor in tensors}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}, indent=1))
    config.save_pretrained(folder)
    facts = {"texts": golden(model, tokenizer, TEXTS)}
    # The same vocabulary behind the other spelling of SentencePiece's blanks.
    state = json.loads(tokenizer.to_str())
    state["normalizer"] = None
    metaspace = Tokenizer.from_str(json.dumps(state))
    metaspace.pre_tokenizer = pre_tokenizers.Metaspace("\u2581", prepend_scheme="first", split=False)
    metaspace.save(str(HERE / "tiny-metaspace.json"))
    facts["metaspace"] = [metaspace.encode(text, add_special_tokens=False).ids for text in TEXTS]
    ids = tokenizer.encode("The hypernyms are separated by the delimiter", add_special_tokens=False).ids
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005)
    losses = []
    for step in range(10):
        optimizer.zero_grad()
        logits = model(torch.tensor([ids])).logits[0, :-1]
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="sum")
        loss.backward()
        if step == 0:
            save_file({n: p.grad.clone() for n, p in model.named_parameters()}, HERE / "tiny-mistral-gradients.safetensors")
        losses.append(loss.item())
        optimizer.step()
    facts["training"] = {"ids": ids, "learning_rate": 0.005, "losses": losses}
    (HERE / "tiny-mistral.json").write_text(json.dumps(facts, ensure_ascii=True, indent=0))


def write_gguf(path, config, state, tokenizer):
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list([token for token, _ in vocabulary])
    writer.add_token_types([3 if token.startswith("<|") else 1 for token, _ in vocabulary])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    parts = {
        "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
    writer.add_tensor("token_embd.weight", state["model.embed_tokens.weight"].numpy())
    writer.add_tensor("output_norm.weight", state["model.norm.weight"].numpy())
    for layer in range(config.num_hidden_layers):
        for part, name in parts.items():
            weight = state[f"model.layers.{layer}.{part}.weight"]
            heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}.get(name)
            if heads:  # GGUF's order of a head's rows: the two halves interleaved
                weight = weight.reshape(heads, 2, -1, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)
            writer.add_tensor(f"blk.{layer}.{name}.weight", weight.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def llama():
    tokenizer = byte_level_tokenizer()
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True, initializer_range=0.3,
        attn_implementation="eager")
    model = LlamaForCausalLM(config).float()
    write_gguf(HERE / "tiny-llama.gguf", config, model.state_dict(), tokenizer)
    tokenizer.save(str(HERE / "tiny-llama-tokenizer.json"))
    facts = {"texts": golden(model, tokenizer, TEXTS)}
    (HERE / "tiny-llama.json").write_text(json.dumps(facts, ensure_ascii=True, indent=0))


INSTRUCTION = (
    "You are a helpful assistant that can answer questions about WordNet. You are given a noun synset from WordNet and a "
    "set of hypernyms for that synset. The hypernyms are separated by the delimiter '||'. Your task is to output the most "
    "specific hypernym for the synset out of the given set of hypernyms.")


def synset_names(folder="/usr/share/wordnet"):
    """NLTK's names in the order of data.noun."""
    senses = {}
    for line in open(f"{folder}/index.noun"):
        if not line.startswith(" "):
            fields = line.split()
            offsets = fields[-int(fields[2]):]
            senses[fields[0]] = {offset: sense for sense, offset in reversed(list(enumerate(offsets, 1)))}
    names = []
    for line in open(f"{folder}/data.noun"):
        if not line.startswith(" "):
            fields = line.split(" ")
            lemma = fields[4].lower()
            names.append(f"{lemma}.n.{senses[lemma][fields[0]]:02d}")
    return names


def prompt(names, number):
    first = 82 * number
    return (f"{INSTRUCTION}\n\nSynset: {names[first]}\n\nHypernyms: "
            + " || ".join(names[first + 1:first + 2 + number % 15]) + "\n\nMost specific hypernym:")


def fnv1a(lists):
    """64-bit FNV-1a over each list's length and its ids, as 32-bit little-endian words."""
    value = 0xCBF29CE484222325
    for ids in lists:
        for word in [len(ids), *ids]:
            for byte in word.to_bytes(4, "little"):
                value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def hashes(tokenizers):
    names = synset_names()
    facts = {}
    for label, tokenizer in tokenizers.items():
        def ids(texts):
            return [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
        facts[label] = {"names": fnv1a(ids([" " + name for name in names])),
                        "prompts": fnv1a(ids([prompt(names, number) for number in range(1000)]))}
    (HERE / "token-hashes.json").write_text(json.dumps(facts, indent=1) + "\n")


def smollm2_tokenizer(path):
    reader = gguf.GGUFReader(path)
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(merge.split(" ")) for merge in reader.fields["tokenizer.ggml.merges"].contents()]
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, kind in zip(tokens, types) if kind == 3])
    return tokenizer, tokens


def smollm2(path):
    tokenizer, tokens = smollm2_tokenizer(path)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    chooser = random.Random(1)
    words = ["deer", "ruminant", "ungulate", "placental", "mammal", "vertebrate", "chordate", "animal", "organism", "whole"]
    facts = []
    for index in range(20):
        shuffled = chooser.sample(words, 3 + index % 8)
        text = f"{INSTRUCTION}\n\nSynset: {chooser.choice(words)}.n.0{1 + index % 3}\n\nHypernyms: "
        text += " || ".join(f"{word}.n.01" for word in shuffled) + "\n\nMost specific hypernym:"
        ids = tokenizer.encode(text).ids
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1].double()
        best = logits.topk(40).indices.tolist()
        some = best + [chooser.randrange(len(tokens)) for _ in range(40)]
        facts.append({"text": text, "ids": ids, "tokens": some, "logits": logits[some].tolist(),
                      "log_sum_exp": logits.logsumexp(0).item()})
    texts = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]
    (HERE / "smollm2.json").write_text(json.dumps({"prompts": facts, "texts": texts}, ensure_ascii=True, indent=0))


if __name__ == "__main__":
    blocks()
    mistral()
    llama()
    tokenizers = {"tiny-mistral": Tokenizer.from_file(str(HERE / "tiny-mistral/tokenizer.json")),
                  "tiny-llama": Tokenizer.from_file(str(HERE / "tiny-llama-tokenizer.json"))}
    if len(sys.argv) > 1:
        smollm2(Path(sys.argv[1]))
        tokenizers["smollm2"] = smollm2_tokenizer(Path(sys.argv[1]))[0]
    hashes(tokenizers)
