"""A few hundred inputs of the fuzzer, and programs of hypothesmith; ``make fuzz`` tries many more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import run
from tests.fuzz.mutations import mutant, seeds
from tests.fuzz.properties import outcome_of
from tests.robustness.support import WRONG

FOUND = Path(__file__).parent / "found"


def test_mutants_of_training_loops_hold_every_property(tmp_path: Path) -> None:
    outcomes = run(count=300, seconds=600, seed=1, jobs=2, keep=tmp_path)
    assert not [outcome for outcome in outcomes if outcome.startswith("FAILED")]
    assert outcomes.total() == 300
    assert min(outcomes[kind] for kind in ("refused", "clean", "fixed")) > 10


def test_the_same_number_is_the_same_mutant() -> None:
    texts = seeds()
    assert [mutant(number, texts, 7) for number in range(50)] == [mutant(number, texts, 7) for number in range(50)]
    assert mutant(1, texts, 7) != mutant(1, texts, 8)


@pytest.mark.parametrize("path", sorted(FOUND.glob("*.py")), ids=lambda path: path.stem)
def test_what_the_fuzzer_found_stays_mended(path: Path) -> None:
    outcome_of(path.read_bytes())


hypothesmith = pytest.importorskip("hypothesmith")


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(hypothesmith.from_grammar(), st.booleans())
def test_generated_programs_hold_every_property(program: str, inside: bool) -> None:
    if inside:  # within the loop's body, if it fits there
        indented = "".join(f"        {line}" for line in program.splitlines(keepends=True))
        outcome_of(WRONG.replace("        loss.backward()\n", f"        loss.backward()\n{indented}\n").encode())
    outcome_of(f"{WRONG}\n{program}".encode("utf-8", "surrogatepass"))
