"""Makes variants.json: what the tokenizers and transformers libraries do with edited copies of this folder's models.

    python3 -m venv .venv && .venv/bin/pip install torch transformers tokenizers
    .venv/bin/python make_variant_fixtures.py

A variant is a list of replacements in the text of tokenizer.json or config.json, each of which must occur; the tests apply the
same ones. Of a tokenizer the token ids of TEXTS are kept, of a model the logits behind some ids.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

HERE = Path(__file__).parent
LLAMA = "tiny-llama-tokenizer.json"
MISTRAL = "tiny-mistral/tokenizer.json"
METASPACE = "tiny-metaspace.json"

TEXTS = [
    "deer.n.01", "even-toed_ungulate.n.01", "The hypernyms are separated by the delimiter '||'.", "", " ", "  two  blanks ",
    "tab\tand\n\nlines \r\n", "vertical\x0btab, next\x85line, line\u2028separator, wide\u3000blank, no\u00a0break, \x1f unit",
    "1234567 and 89.5% \u0661\u0662 \u00bd", "na\u00efve caf\u00e9 cafe\u0301 \u4e2d\u6587 \U0001f600\U0001f600 \u2581marked",
    "<|im_start|>user\nHello<|im_end|>", "</s><s>[INST] a [/INST] [INST]", "a [PAD] b[PAD]", "x" * 40, "\u00ff\u00fe \ufffd",
    "I've we'll DON'T 'tis", " leading", "trailing ", "a.b.c", "\u2028", "first. Second.third words. rest", "ab\u4e2dab", "\u4e2d\u6587", "<0x41>A",
]

PREPEND = '"normalizers": [{"type": "Prepend", "prepend": "\u2581"}'
ADDED = '"added_tokens": ['


def added(id, content, normalized):
    entry = {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": normalized,
             "special": False}
    return json.dumps(entry) + ", "


def digits(new):
    return ['{"type": "Digits", "individual_digits": true}', new]


def split(pattern, behavior, invert=False):
    return json.dumps({"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert})


LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
NAMES = r"\.[^. ]*\.[^. ]*$|[_ ](?:(?!\.[^. ]*\.[^. ]*$)[^_ ])*|(?:(?!\.[^. ]*\.[^. ]*$)[^_ ])+"

# Name, file, replacements.
TOKENIZERS = [
    ("bytes not fallen back on", MISTRAL, [['"byte_fallback": true', '"byte_fallback": false']]),
    ("bytes not fallen back on, unknowns apart", MISTRAL,
     [['"byte_fallback": true', '"byte_fallback": false'], ['"fuse_unk": true', '"fuse_unk": false']]),
    ("some bytes not there", MISTRAL, [['"<0x98>": ', '"<0x98 >": '], ['"<0xAD>": ', '"<0xad>": ']]),
    ("some bytes not there, unknowns apart", MISTRAL,
     [['"<0x98>": ', '"<0x98 >": '], ['"<0xAD>": ', '"<0xad>": '], ['"fuse_unk": true', '"fuse_unk": false']]),
    ("merges ignored", MISTRAL, [['"ignore_merges": false', '"ignore_merges": true']]),
    ("merges ignored, bytes", LLAMA, [['"ignore_merges": false', '"ignore_merges": true']]),
    ("an added token", MISTRAL, [[ADDED, ADDED + added(400, "[PAD]", False)]]),
    ("an added token in normalised text", MISTRAL, [[ADDED, ADDED + added(400, "[PAD]", True)]]),
    ("an added token in normalised text, without normalizer", LLAMA, [[ADDED, ADDED + added("COUNT", "b.c", True)]]),
    ("an added token with a blank, in normalised text", MISTRAL, [[ADDED, ADDED + added(400, "separated by", True)]]),
    ("no blank put before", MISTRAL, [['{"type": "Prepend", "prepend": "\u2581"}, ', ""]]),
    ("a merge as one text", LLAMA, [['"merges": [["x", "x"]', '"merges": [["x", "x"]']]),
    ("affixes of no letters", LLAMA,
     [['"continuing_subword_prefix": null', '"continuing_subword_prefix": ""'], ['"end_of_word_suffix": null',
                                                                                 '"end_of_word_suffix": ""']]),
    ("no dropout", LLAMA, [['"dropout": null', '"dropout": 0.0']]),
    ("metaspace always", METASPACE, [['"prepend_scheme": "first"', '"prepend_scheme": "always"']]),
    ("metaspace never", METASPACE, [['"prepend_scheme": "first"', '"prepend_scheme": "never"']]),
    ("metaspace splits", METASPACE, [['"split": false', '"split": true']]),
    ("metaspace of another letter", METASPACE, [['"replacement": "\u2581", "prepend', '"replacement": "x", "prepend'],
                                                ['"split": false', '"split": true']]),
    ("runs of digits", LLAMA, [['"individual_digits": true', '"individual_digits": false']]),
    ("a blank before", LLAMA, [['"add_prefix_space": false, "trim_offsets": true, "use_regex": true}]',
                                '"add_prefix_space": true, "trim_offsets": true, "use_regex": true}]']]),
    ("no pattern", LLAMA, [['"use_regex": true}]', '"use_regex": false}]']]),
    ("Llama 3's pattern", LLAMA, [digits(split({"Regex": LLAMA3}, "Isolated"))]),
    ("names' pattern", LLAMA, [digits(split({"Regex": NAMES}, "Isolated")), ['"use_regex": true}]', '"use_regex": false}]']]),
    ("blanks removed", LLAMA, [digits(split({"Regex": r"\s+"}, "Removed"))]),
    ("no blanks removed", LLAMA, [digits(split({"Regex": r"\S+"}, "Removed"))]),
    ("a point", LLAMA, [digits(split({"String": "."}, "Isolated"))]),
    ("anything", LLAMA, [digits(split({"Regex": ".b"}, "Isolated"))]),
    ("vertical tabs", LLAMA, [digits(split({"Regex": r"\v|[\x{85}-\x{a0}]"}, "Isolated"))]),
    ("possessive", LLAMA, [digits(split({"Regex": r"\p{L}++b|\d?+"}, "Isolated"))]),
    ("a line's end", LLAMA, [digits(split({"Regex": r"[^\n]{2}$"}, "Isolated"))]),
    ("empty matches", LLAMA, [digits(split({"Regex": r"x*|(?=\.)"}, "Removed"))]),
    ("a byte not there", LLAMA, [['"\u00be": ', '"\u00be~": '], ['"unk_token": null', '"unk_token": "<|endoftext|>"']]),
    ("a byte not there, unknowns fused", LLAMA,
     [['"\u00be": ', '"\u00be~": '], ['"unk_token": null', '"unk_token": "<|endoftext|>"'], ['"fuse_unk": false', '"fuse_unk": true']]),
    ("bytes to fall back on, and none needed", LLAMA, [['"byte_fallback": false', '"byte_fallback": true']]),
]

# What the tokenizers library takes, and RankBridge refuses: name, file, replacements, what the refusal names.
REFUSED = [
    ("suffix", LLAMA, [['"end_of_word_suffix": null', '"end_of_word_suffix": "</w>"']], "end_of_word_suffix"),
    ("prefix", LLAMA, [['"continuing_subword_prefix": null', '"continuing_subword_prefix": "x"']], "continuing_subword_prefix"),
    ("dropout", LLAMA, [['"dropout": null', '"dropout": 0.5']], "dropout"),
    ("lower case", LLAMA, [['"normalizer": null', '"normalizer": {"type": "Lowercase"}']], "Lowercase"),
    ("NFC", LLAMA, [['"normalizer": null', '"normalizer": {"type": "NFC"}']], "NFC"),
    ("NFKC", MISTRAL, [[PREPEND, PREPEND.replace("[{", '[{"type": "NFKC"}, {')]], "NFKC"),
    ("strip", LLAMA, [['"normalizer": null', '"normalizer": {"type": "Strip", "strip_left": true, "strip_right": true}']], "Strip"),
    ("accents", LLAMA, [['"normalizer": null', '"normalizer": {"type": "StripAccents"}']], "StripAccents"),
    ("replacement by pattern", MISTRAL, [['"pattern": {"String": " "}, "content": "\u2581"}', '"pattern": {"Regex": " +"}, "content": "\u2581"}']],
     "Replace"),
    ("white space", LLAMA, [digits('{"type": "Whitespace"}')], "Whitespace"),
    ("punctuation", LLAMA, [digits('{"type": "Punctuation", "behavior": "Isolated"}')], "Punctuation"),
    ("scripts", LLAMA, [digits('{"type": "UnicodeScripts"}')], "UnicodeScripts"),
    ("merged with the next", LLAMA, [digits(split({"Regex": " "}, "MergedWithNext"))], "MergedWithNext"),
    ("inverted", LLAMA, [digits(split({"Regex": " "}, "Removed", True))], "invert"),
    ("word letters", LLAMA, [digits(split({"Regex": r"\w+"}, "Isolated"))], r"\w+"),
    ("class in class", LLAMA, [digits(split({"Regex": r"[a[bc]]+"}, "Isolated"))], "[a[bc]]+"),
    ("optional repetition", LLAMA, [digits(split({"Regex": r"x{2}?"}, "Isolated"))], "x{2}?"),
    ("a property of other members", LLAMA, [digits(split({"Regex": r"\p{Punct}+"}, "Isolated"))], r"\p{Punct}+"),
    ("the last line's end", LLAMA, [digits(split({"Regex": r"\s+\Z"}, "Isolated"))], r"\s+\Z"),
    ("bytes fallen back on in spellings", LLAMA,
     [['"\u00be": ', '"\u00be~": '], ['"byte_fallback": false', '"byte_fallback": true']], "byte_fallback"),
    ("repeated repetition", LLAMA, [digits(split({"Regex": r"\p{N}{1,2}+3"}, "Isolated"))], "{1,2}+"),
    ("truncation", LLAMA, [['"truncation": null',
                            '"truncation": {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}']],
     "truncation"),
    ("padding", LLAMA, [['"padding": null',
                         '"padding": {"strategy": {"Fixed": 50}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0, '
                         '"pad_type_id": 0, "pad_token": "[PAD]"}']], "padding"),
    ("left blanks", LLAMA, [[ADDED, ADDED + added("COUNT", "b.c", False).replace('"lstrip": false', '"lstrip": true')]], "lstrip"),
    ("right blanks", LLAMA, [[ADDED, ADDED + added("COUNT", "b.c", False).replace('"rstrip": false', '"rstrip": true')]], "rstrip"),
    ("single words", LLAMA, [[ADDED, ADDED + added("COUNT", "b.c", False).replace('"single_word": false', '"single_word": true')]],
     "single_word"),
    ("an added token's id", LLAMA, [[ADDED, ADDED + added(5000, "b.c", False)]], "5000"),
    ("a token behind", MISTRAL, [['{"Sequence": {"id": "A", "type_id": 0}}], "pair"',
                                  '{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<s>", "type_id": 0}}], "pair"']],
     "post-processor"),
]

MODEL_IDS = [1, 20, 31, 47, 5, 300, 301, 8, 99, 17, 256, 33]

# Name, replacements in tiny-mistral's config.json.
ROPE = '"rope_theta": 5000.0,\n    "rope_type": "default"'
MODELS = [
    ("as it is", []),
    ("linear", [[ROPE, '"rope_theta": 5000.0, "rope_type": "linear", "factor": 4.0']]),
    ("linear, by its old name", [[ROPE, '"rope_theta": 5000.0, "type": "linear", "factor": 4.0']]),
    ("llama3", [[ROPE, '"rope_theta": 5000.0, "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, '
                       '"high_freq_factor": 4.0, "original_max_position_embeddings": 16']]),
    ("old names", [['"rope_parameters": {\n    ' + ROPE + "\n  }", '"rope_theta": 300.0, "rope_scaling": {"type": "linear", "factor": 2.0}']]),
    ("base alone", [['"rope_parameters": {\n    ' + ROPE + "\n  }", '"rope_theta": 300.0']]),
    ("nothing of rotation", [['"rope_parameters": {\n    ' + ROPE + "\n  },\n", ""]]),
    ("no window", [['"sliding_window": 5', '"sliding_window": null']]),
    ("swish", [['"silu"', '"swish"']]),
    ("another epsilon", [['"rms_norm_eps": 1e-06', '"rms_norm_eps": 0.01']]),
    ("llama", [['"model_type": "mistral"', '"model_type": "llama"'], ['"sliding_window": 5,\n', ""]]),
]


def edited(path, replacements):
    text = json.dumps(json.loads(path.read_text()), ensure_ascii=False) if path.name != "config.json" else path.read_text()
    for old, new in replacements:
        assert text.count(old) >= 1, (path, old)
        text = text.replace(old, new)
    return text


def tokenizer(file, replacements):
    count = Tokenizer.from_file(str(HERE / file)).get_vocab_size()
    replacements = [[old, new.replace('"COUNT"', str(count))] for old, new in replacements]
    return replacements, Tokenizer.from_str(edited(HERE / file, replacements))


def tokenizers():
    variants = []
    for name, file, replacements in TOKENIZERS:
        replacements, made = tokenizer(file, replacements)
        ids = [made.encode(text, add_special_tokens=False).ids for text in TEXTS]
        variants.append({"name": name, "file": file, "replacements": replacements, "ids": ids})
    return variants


def refused():
    variants = []
    for name, file, replacements, says in REFUSED:
        # The library takes it and makes other ids of it, or it would be no loss to ignore it.
        plain = Tokenizer.from_file(str(HERE / file))
        replacements = [[old, new.replace('"COUNT"', str(plain.get_vocab_size()))] for old, new in replacements]
        try:
            made = Tokenizer.from_str(edited(HERE / file, replacements))
            differs = sum(made.encode(text).ids != plain.encode(text).ids for text in TEXTS)
            print(f"{name}: other ids in {differs} of {len(TEXTS)} texts")
        except Exception as error:
            print(f"{name}: {error}")
        variants.append({"name": name, "file": file, "replacements": replacements, "says": says})
    return variants


def models():
    variants = []
    ids = MODEL_IDS
    for name, replacements in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(HERE / "tiny-mistral", folder, dirs_exist_ok=True)
            (Path(folder) / "config.json").write_text(edited(HERE / "tiny-mistral/config.json", replacements))
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
            with torch.no_grad():
                logits = model(torch.tensor([ids])).logits[0, -1, :24].tolist()
        variants.append({"name": name, "replacements": replacements, "logits": logits})
    return {"ids": ids, "variants": variants}


if __name__ == "__main__":
    facts = {"texts": TEXTS, "tokenizers": tokenizers(), "refused": refused(), "models": models()}
    (HERE / "variants.json").write_text(json.dumps(facts, ensure_ascii=True) + "\n")
