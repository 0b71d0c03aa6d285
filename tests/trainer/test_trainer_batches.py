"""How an epoch is cut into windows, processes and micro-batches."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_trainer.batches import MicroBatches, windows

counts = st.integers(1, 4)


@given(samples=st.integers(1, 60), micro_batch=counts, steps=counts, processes=counts, seed=st.integers(0, 9))
def test_processes_share_the_windows_of_one_process(
    samples: int, micro_batch: int, steps: int, processes: int, seed: int
) -> None:
    batch = micro_batch * steps * processes
    (*whole,) = MicroBatches(samples, batch, seed=seed)
    shares = [
        list(windows(MicroBatches(samples, batch, steps, rank=r, world_size=processes, seed=seed), steps))
        for r in range(processes)
    ]
    for window, *parts in zip(whole, *shares, strict=True):
        assert sorted(window) == sorted(index for part in parts for micro in part for index in micro)
        for part in parts:
            assert 1 <= len(part) <= steps
            assert all(len(micro) <= micro_batch for micro in part)
            assert len(part) == 1 or all(part)  # an empty micro-batch stands alone
    assert sorted(chain.from_iterable(whole)) == list(range(samples))


@given(samples=st.integers(1, 40), skip=st.integers(0, 6))
def test_skipping_leaves_out_the_first_windows(samples: int, skip: int) -> None:
    everything = list(windows(MicroBatches(samples, 8, 2, seed=1), 2))
    assert list(windows(MicroBatches(samples, 8, 2, seed=1, skip=skip), 2)) == everything[skip:]


def test_without_a_seed_the_order_is_that_of_the_data() -> None:
    assert list(MicroBatches(5, 4, 2)) == [[0, 1], [2, 3], [4]]


def test_a_process_without_samples_gets_an_empty_micro_batch() -> None:
    assert list(MicroBatches(5, 4, 1, rank=1, world_size=2)) == [[1, 3], []]


def test_a_batch_that_cannot_be_cut_evenly_is_refused() -> None:
    with pytest.raises(ValueError, match="a batch of 6 cannot be cut into 2 equal micro-batches on each of 2"):
        MicroBatches(10, 6, 2, world_size=2)


def test_windows_are_fetched_whole() -> None:
    fetched = []

    def stream() -> object:
        for i in range(5):
            fetched.append(i)
            yield i

    cut = windows(stream(), 2)  # type: ignore[arg-type, var-annotated]
    assert next(cut) == [0, 1]
    assert fetched == [0, 1]
    assert list(cut) == [[2, 3], [4]]
