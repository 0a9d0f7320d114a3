"""Makes the fixtures of the text encoder, with transformers and tokenizers as the reference.

    python3 make_encoder_fixtures.py FOLDER-OF-MINILM [FOLDER-OF-WORDNET]

FOLDER-OF-MINILM holds config.json, vocab.txt, tokenizer.json and model.safetensors of all-MiniLM-L6-v2. Needs torch,
transformers, tokenizers, numpy. Writes beside itself:

    tiny-bert/           a random BERT of 2 layers: config.json, vocab.txt, model.safetensors
    tiny-bert.json       texts, their ids, their vectors
    minilm.json          200 texts and their vectors (16-bit floats, base64), and hashes of the ids of 10,000 texts (6,000
                         of random characters, 4,000 glosses of WordNet) and of `a` + c + `b` for every Unicode scalar c
"""

import base64
import json
import random
import sys
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.implementations import BertWordPieceTokenizer
from transformers import BertConfig, BertModel

HERE = Path(__file__).parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
HARD = [
    "", " ", "a", "Cr\u00e8me br\u00fbl\u00e9e tart pan", "cre\u0300me brule\u0301e", "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8\u3067\u3059",
    "\u30ac\u30e9\u30b9\u306e\u30ab\u30c3\u30d7 \u304c\u304e\u3050", "\U0001f600 smile \U0001f468\u200d\U0001f469\u200d\U0001f467 family", "tab\there\r\nnew line", "x" * 101, "y" * 100,
    "[CLS] named [SEP] in [MASK]text", "[cls] not named", "don't stop-believing, it's $5.99 (50% off)!", "\u0130stanbul \u00df \ufb01ne \u01c5",
    "zero\u0000width\u200bjoin\u00adsoft\ufeff", "\u1734 \u166d \u2e5b \u08e2", "\ud55c\uad6d\uc5b4 \uc0c1\ud488", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0645\u064e\u0646", "\U0002b820 \U0002b920 \u4e00\u4e8c",
]
WORDS = """waterproof boots for children stainless steel kitchen knife set with wooden block LED light bulb 60 watt
replacement pack of 12 men's cotton T-shirt Caf\u00e9 press \u00d6sterreich se\u00f1orita na\u00efve wireless headphones Bluetooth 5.0
charger USB-C cable 6ft organic green tea bags \u5927\u304d\u3044 \u9774 \u2728 \U0001f381 gift""".split()


def texts(count, longest):
    """HARD, then texts of 1 to `longest` random words, every tenth of about 400 characters."""
    choose = random.Random(14)
    result = list(HARD)
    while len(result) < count:
        words = choose.choices(WORDS, k=70 if len(result) % 10 == 0 else choose.randint(1, longest))
        result.append(" ".join(words)[:400])
    return result[:count]


class Generator:
    """The tests' own linear congruential generator (Knuth's MMIX), so that random texts need no file."""

    def __init__(self, state):
        self.state = state

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return (self.state >> 33) % bound


def random_texts(count):
    """Texts of 1 to 60 random scalars, each text of up to three of these ranges."""
    generator = Generator(15)
    ranges = [(0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x600), (0x2000, 0x2100), (0x3000, 0x3100),
              (0x4E00, 0x9FFF), (0xAC00, 0xD7A4), (0x1F300, 0x1F700), (0x1, 0xD800)]
    result = []
    for _ in range(count):
        pool = [ranges[generator.below(len(ranges))] for _ in range(3)]
        text = ""
        for _ in range(1 + generator.below(60)):
            low, high = pool[generator.below(3)]
            text += chr(low + generator.below(high - low))
        result.append(text)
    return result


def fnv1a(lists):
    """64-bit FNV-1a over each list's length and its ids, as 32-bit little-endian words."""
    value = 0xCBF29CE484222325
    for ids in lists:
        for byte in np.array([len(ids), *ids], dtype="<i4").tobytes():
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def vectors(model, tokenizer, texts):
    """Mean over all tokens, unit length, one text at a time; and the ids."""
    rows, ids = [], []
    for text in texts:
        tokens = tokenizer.encode(text).ids
        with torch.no_grad():
            hidden = model(input_ids=torch.tensor([tokens])).last_hidden_state[0].mean(0)
        rows.append((hidden / hidden.norm()).numpy())
        ids.append(tokens)
    return np.stack(rows), ids


def tiny():
    torch.manual_seed(5)
    pieces = SPECIAL + list("abcdefghijklmnopqrstuvwxyz0123456789.,-'") + ["##" + c for c in "abcdefghijklmnopqrstuvwxyz"]
    pieces += ["\u65e5", "boots", "rain", "##coat", "##ing", "\u00df"]
    folder = HERE / "tiny-bert"
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    config = BertConfig(vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                        max_position_embeddings=40, hidden_act="gelu", layer_norm_eps=1e-12)
    model = BertModel(config, add_pooling_layer=False).eval()
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    keep = ["model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size",
            "max_position_embeddings", "hidden_act", "layer_norm_eps"]
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({key: settings[key] for key in keep}, indent=2) + "\n")
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"))
    tokenizer.enable_truncation(40)
    samples = ["rain boots", "Raincoats, \u65e5\u672c", "a", "", "Stra\u00dfe r\u00e9sum\u00e9 [SEP] ing", "sailing 12.5 " * 5]
    rows, ids = vectors(model, tokenizer, samples)
    golden = [{"text": t, "ids": i, "vector": [round(float(x), 7) for x in r]} for t, i, r in zip(samples, ids, rows)]
    (HERE / "tiny-bert.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


def glosses(folder, count):
    """`lemmas: gloss` of the first `count` noun synsets."""
    result = []
    for line in (Path(folder) / "data.noun").read_text().splitlines():
        if line.startswith("  "):
            continue
        head, gloss = line.split(" | ", 1)
        fields = head.split(" ")
        lemmas = [fields[4 + 2 * i].replace("_", " ") for i in range(int(fields[3], 16))]
        result.append(", ".join(lemmas) + ": " + gloss.strip())
        if len(result) == count:
            break
    return result


def minilm(folder, wordnet):
    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    samples = texts(200, 12)
    rows, _ = vectors(model, tokenizer, samples)
    scalars = [f"a{chr(c)}b" for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    many = random_texts(6000) + glosses(wordnet, 4000)
    golden = {
        "texts": samples,
        "vectors": base64.b64encode(rows.astype("<f2").tobytes()).decode(),
        "ids": fnv1a(e.ids for e in tokenizer.encode_batch(many)),
        "scalars": fnv1a(e.ids for e in tokenizer.encode_batch(scalars)),
    }
    (HERE / "minilm.json").write_text(json.dumps(golden) + "\n")


tiny()
if len(sys.argv) > 1:
    minilm(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "/usr/share/wordnet")
