"""Writes pyarrow/: the Shopping Queries data's two files, made small, by PyArrow.

Run with: pip install pyarrow; python make_parquet_fixture.py
Products: titles that are null, blank, with tabs and line breaks, Japanese, of 400 characters, with quotation marks.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def title(i):
    special = {
        3: None,
        4: "   ",
        5: f"tab\tline\n{i}",
        6: f"日本語のケーブル {i}",
        7: f"{i} ".ljust(400, "x"),
        8: f'say "USB C" \\ {i}',
    }
    return special.get(i % 50, f"product {i % 37} of {i}")


def query(i):
    return {9: None, 12: "Query  11"}.get(i, f"query {i}")


folder = Path(__file__).parent / "pyarrow"
folder.mkdir(exist_ok=True)

products = range(300)
pq.write_table(
    pa.table(
        {
            "product_id": [f"B{i}" for i in products],
            "product_title": [title(i) for i in products],
            "product_description": pa.array([None for _ in products], pa.string()),
            "product_locale": ["jp" if i % 3 == 0 else "us" for i in products],
        }
    ),
    folder / "shopping_queries_dataset_products.parquet",
    row_group_size=64,
)

# Four judgments a query; those of every fifth query are of another locale.
examples = range(480)
pq.write_table(
    pa.table(
        {
            "example_id": list(examples),
            "query": [query(i // 4) for i in examples],
            "query_id": [i // 4 for i in examples],
            "product_id": [f"B{i % 300}" for i in examples],
            "product_locale": ["es" if i // 4 % 5 == 0 else "us" for i in examples],
            "esci_label": ["E" for _ in examples],
            "split": ["train" if i % 3 else "test" for i in examples],
        }
    ),
    folder / "shopping_queries_dataset_examples.parquet",
    row_group_size=64,
)
