"""Times embedding of texts by sentence-transformers' recipe in PyTorch: rankbridge-bench calls it.

    pytorch_embedding.py FOLDER TEXTS THREADS

FOLDER holds vocab.txt and model.safetensors of all-MiniLM-L6-v2; TEXTS a text a line. Texts are sorted by length and run
in padded batches of 32, as SentenceTransformer.encode does; tokenisation is timed too. Prints a line of JSON.
"""

import json
import sys
import time

import torch
from safetensors.torch import load_file
from tokenizers.implementations import BertWordPieceTokenizer
from transformers import BertConfig, BertModel

folder, texts, threads = sys.argv[1], open(sys.argv[2], encoding="utf-8").read().split("\n")[:-1], int(sys.argv[3])
torch.set_num_threads(threads)
weights = {name: tensor for name, tensor in load_file(folder + "/model.safetensors").items() if not name.startswith("pooler")}
model = BertModel(
    BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, layer_norm_eps=1e-12),
    add_pooling_layer=False,
)
model.load_state_dict({name: tensor for name, tensor in weights.items() if not name.endswith("position_ids")}, strict=False)
model.eval()
tokenizer = BertWordPieceTokenizer(folder + "/vocab.txt")
tokenizer.enable_truncation(256)
tokenizer.enable_padding()


def embed(texts):
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    rows = [None] * len(texts)
    with torch.inference_mode():
        for start in range(0, len(order), 32):
            batch = order[start:start + 32]
            encoded = tokenizer.encode_batch([texts[i] for i in batch])
            ids = torch.tensor([e.ids for e in encoded])
            mask = torch.tensor([e.attention_mask for e in encoded])
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]
            mean = hidden.sum(1) / mask.sum(1, keepdim=True)
            for i, row in zip(batch, mean / mean.norm(dim=1, keepdim=True)):
                rows[i] = row
    return torch.stack(rows)


embed(texts[:64])
start = time.perf_counter()
rows = embed(texts)
elapsed = time.perf_counter() - start
print(json.dumps({"milliseconds_per_step": 1000 * elapsed, "losses": [float(x) for x in rows[:, 0].double()],
                  "torch": torch.__version__}))
