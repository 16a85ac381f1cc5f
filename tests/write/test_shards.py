"""Which rows go into which file."""

import random

import pytest

from schemas.release import Shard
from transforms.write.shards import ShardName, parse_shard_name, plan_shards


def test_rows_are_cut_in_order_of_id() -> None:
    rows = [("c", 40, 3), ("a", 60, 1), ("b", 50, 2), ("d", 10, 4)]
    assert plan_shards(rows, 100, "rl", "train", "parquet") == [
        Shard("rl/train-00000-of-00002.parquet", 0, (1,)),
        Shard("rl/train-00001-of-00002.parquet", 1, (2, 3, 4)),
    ]


def test_a_row_larger_than_a_shard_gets_its_own() -> None:
    shards = plan_shards([("a", 500, "a"), ("b", 1, "b"), ("c", 500, "c")], 100, "sft", "test", "jsonl")
    assert [shard.refs for shard in shards] == [("a",), ("b",), ("c",)]


def test_no_rows_give_one_empty_file() -> None:
    assert plan_shards([], 100, "rejects", "full", "parquet") == [Shard("rejects/full-00000-of-00001.parquet", 0, ())]


def test_the_order_of_arrival_does_not_matter() -> None:
    chance = random.Random(3)
    rows = [(f"{n:04d}", chance.randint(1, 400), n) for n in range(300)]
    wanted = plan_shards(rows, 1000, "rl", "train", "parquet")
    for _ in range(5):
        chance.shuffle(rows)
        assert plan_shards(rows, 1000, "rl", "train", "parquet") == wanted
    assert [ref for shard in wanted for ref in shard.refs] == list(range(300))
    assert [shard.first for shard in wanted] == [shard.refs[0] for shard in wanted]


def test_an_id_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="two rows of rl/train have the id 'a'"):
        plan_shards([("a", 1, 1), ("a", 1, 2)], 100, "rl", "train", "parquet")


def test_names_are_read_back() -> None:
    assert parse_shard_name("train-00002-of-00010.jsonl") == ShardName("train", 2, 10, "jsonl")
    assert parse_shard_name("dataset_info.json") is None
