"""Mutants of this folder's tokenizer.json and config.json, and what the tokenizers and transformers libraries do with them.

    .venv/bin/python make_mutants.py FILE [TOKENIZERS] [MODELS]

Writes JSON lines; RANKBRIDGE_MUTANTS=FILE makes MutantTests read them. A mutant keeps being JSON: members are taken out, added,
renamed, or get another value. What RankBridge accepts has to give the ids or logits of the libraries.
"""

import copy
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from make_variant_fixtures import HERE, LLAMA, METASPACE, MISTRAL, NAMES, TEXTS
from make_variant_fixtures import LLAMA3, MODEL_IDS, split

STEPS = [json.loads(step) for step in [
    '{"type": "Lowercase"}', '{"type": "NFC"}', '{"type": "Prepend", "prepend": "x"}', '{"type": "Prepend", "prepend": ""}',
    '{"type": "Replace", "pattern": {"String": "e"}, "content": "\u00e9"}', '{"type": "Replace", "pattern": {"String": ".n"}, "content": ""}',
    '{"type": "Replace", "pattern": {"Regex": "[a-c]"}, "content": "z"}', '{"type": "Strip", "strip_left": true, "strip_right": false}',
    '{"type": "Digits", "individual_digits": true}', '{"type": "Digits", "individual_digits": false}', '{"type": "Whitespace"}',
    '{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}',
    '{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}', '{"type": "ByteLevel"}',
    '{"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true}',
    '{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": true}',
    '{"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "never", "split": false}',
    split({"Regex": LLAMA3}, "Isolated"), split({"Regex": NAMES}, "Isolated"), split({"Regex": " |\\p{Lu}"}, "Removed"),
    split({"String": "n."}, "Isolated"), split({"String": " "}, "MergedWithPrevious"), split({"Regex": "\\d+?"}, "Contiguous"),
    split({"Regex": "(?i:X)+|\\s"}, "Isolated", True), split({"Regex": "\\w+"}, "Isolated"), split({"Regex": ""}, "Isolated"),
    '{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", '
    '"type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}}',
]]
VALUES = [None, True, False, 0, 1, 2, -1, 0.5, 7, 400, "", "x", "\u2581", "<unk>", "<|endoftext|>", "</w>", "a", [], {}, "first", "never",
          "always", "Isolated", "Removed"]
FLAGS = ["byte_fallback", "fuse_unk", "ignore_merges", "normalized", "special", "lstrip", "rstrip", "single_word", "individual_digits",
         "add_prefix_space", "use_regex", "invert", "split", "trim_offsets"]


def places(node, path=()):
    """Every member's and element's parent and key, but only some of the vocabulary's and the merges'."""
    found = []
    entries = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    if len(entries) > 40:
        entries = random.sample(entries, 6)
    for key, value in entries:
        found.append((node, key))
        found += places(value, path + (key,))
    return found


def mutate_tokenizer(state):
    while True:
        mutant = copy.deepcopy(state)
        try:
            for _ in range(random.choice([1, 1, 2, 3])):
                change_tokenizer(mutant)
            return mutant
        except (AttributeError, TypeError, ValueError, KeyError):
            pass  # An earlier change took away what this one changes.


def change_tokenizer(state):
    kind = random.randrange(8)
    if kind == 0:
        section = random.choice(["normalizer", "pre_tokenizer", "post_processor"])
        members = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors"}[section]
        steps = random.choices(STEPS, k=random.randrange(4))
        state[section] = {"type": "Sequence", members: steps} if len(steps) != 1 else steps[0]
    elif kind == 1:
        text = random.choice(["deer", "n.01", ".", " ", "[PAD]", "\u2581a", "the", "\u0120", "x", "<|im", "</s>", "caf\u00e9", "e\u0301"])
        state["added_tokens"].append({
            "id": state["model"]["vocab"].get(text, len(state["model"]["vocab"])), "content": text, "single_word": False,
            "lstrip": False, "rstrip": False, "normalized": random.random() < 0.5, "special": random.random() < 0.5})
    elif kind == 2:
        flags = [(node, key) for node, key in places(state) if key in FLAGS]
        if flags:
            node, key = random.choice(flags)
            node[key] = not node[key]
    elif kind == 3:
        state["model"][random.choice(["unk_token", "continuing_subword_prefix", "end_of_word_suffix", "dropout"])] = random.choice(
            [None, "", "<unk>", "<|endoftext|>", "x", 0.0, 1.0])
    elif kind == 4:
        vocabulary = list(state["model"]["vocab"].items())
        (a, i), (b, j) = random.sample(vocabulary, 2)
        state["model"]["vocab"].update({a: j, b: i} if random.random() < 0.5 else {a: i + 1000 if random.random() < 0.5 else j})
    elif kind == 5:
        merges = state["model"]["merges"]
        i, j = random.sample(range(len(merges)), 2)
        random.choice([lambda: merges.pop(i), lambda: merges.insert(i, merges[j]), lambda: merges.insert(i, merges.pop(j))])()
    else:
        node, key = random.choice(places(state))
        if isinstance(node, dict) and random.random() < 0.3:
            del node[key]
        elif isinstance(node, dict) and random.random() < 0.3:
            node[str(key) + random.choice(["", "_", "2"])] = random.choice(VALUES)
        else:
            node[key] = random.choice(VALUES)


def tokenizers(count):
    for index in range(count):
        file = [LLAMA, MISTRAL, METASPACE][index % 3]
        text = json.dumps(mutate_tokenizer(json.loads((HERE / file).read_text())), ensure_ascii=False)
        try:
            made = Tokenizer.from_str(text)
            ids = [made.encode(sample, add_special_tokens=False).ids for sample in TEXTS]
        except BaseException:  # A panic of the library is one too.
            ids = None
        yield {"tokenizer": text, "ids": ids}


KEYS = ["attention_bias", "mlp_bias", "head_dim", "hidden_act", "sliding_window", "num_key_value_heads", "rms_norm_eps", "rope_theta",
        "tie_word_embeddings", "layer_types", "rope_scaling", "partial_rotary_factor", "use_sliding_window", "attention_dropout",
        "max_position_embeddings", "original_max_position_embeddings", "pretraining_tp", "num_experts", "logit_scale", "is_decoder",
        "vocab_size", "num_hidden_layers", "intermediate_size", "model_type", "rope_parameters", "hidden_size", "num_attention_heads",
        "initializer_range", "chunk_size_feed_forward", "torch_dtype"]
CONFIG_VALUES = [None, True, False, 0, 1, 2, 3, 4, 5, 8, 16, 400, 0.5, 1e-3, 1e4, 300.0, "silu", "gelu", "swish", "llama", "mistral",
                 ["sliding_attention", "sliding_attention"], ["full_attention", "full_attention"], "float32"]
ROPES = [{"rope_type": kind, "rope_theta": base, **more} for kind in ["default", "linear", "dynamic", "yarn", "llama3", "none"]
         for base in [5000.0, 100.0] for more in [
             {}, {"factor": 4.0}, {"factor": 1.0}, {"factor": 4.0, "original_max_position_embeddings": 8},
             {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16},
             {"factor": 8.0, "partial_rotary_factor": 0.5}, {"factor": 2.0, "type": "linear"}, {"attention_factor": 0.7, "factor": 4.0}]]


def mutate_config(config):
    config = copy.deepcopy(config)
    for _ in range(random.choice([1, 1, 2, 3])):
        key = random.choice(KEYS)
        if random.random() < 0.35:
            config[random.choice(["rope_parameters", "rope_parameters", "rope_scaling"])] = copy.deepcopy(random.choice(ROPES))
        elif random.random() < 0.3:
            config.pop(key, None)
        else:
            config[key] = random.choice(CONFIG_VALUES)
    return config


def models(count):
    original = json.loads((HERE / "tiny-mistral/config.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(HERE / "tiny-mistral", folder, dirs_exist_ok=True)
        for _ in range(count):
            text = json.dumps(mutate_config(original))
            (Path(folder) / "config.json").write_text(text)
            try:
                model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
                with torch.no_grad():
                    logits = model(torch.tensor([MODEL_IDS])).logits[0, -1, :24].tolist()
            except Exception:
                logits = None
            yield {"config": text, "logits": logits}


if __name__ == "__main__":
    random.seed(7)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with open(sys.argv[1], "w") as out:
        for line in tokenizers(int(sys.argv[2]) if len(sys.argv) > 2 else 3000):
            out.write(json.dumps(line) + "\n")
        for line in models(int(sys.argv[3]) if len(sys.argv) > 3 else 600):
            out.write(json.dumps(line) + "\n")
