"""The byte filter: what may hold a training loop, and what only speaks of one."""

from __future__ import annotations

import pytest

from accumlint.glance import might_matter

STEP = b"\noptimizer.step()\n"


@pytest.mark.parametrize(
    "text",
    [
        b"loss.backward()",
        b"\xef\xbb\xbfloss.backward()",
        b"loss.backward ( retain_graph=True )",
        b"# first\nloss.backward()",
        b"# first\rloss.backward()",
        b"# first\r\n\tloss.backward()",
        b">>> an example\n(loss / 4).backward()",
        b'"""# no comment"""; loss.backward()',
        b"print('#'); loss.backward()",
        b"#" + b" " * 300 + b"\nloss.backward()",
        b"\nx = 1;" + b" " * 300 + b"loss.backward()",
        b"self.manual_backward(loss)",
        b"helper.run_backprop_on(loss)",
        b"def training_step(self, batch):\n    pass",
        b"loss_scaler(loss, optimizer)",
        b'{"cells": [{"source": ["# train\\n", "loss.backward()"]}]}',
    ],
)
def test_what_may_be_a_training_loop_passes(text: bytes) -> None:
    assert might_matter(text + STEP)


@pytest.mark.parametrize(
    "text",
    [
        b"# loss.backward()",
        b"\n    # loss.backward()",
        b"\r    # then loss.backward()",
        b"\n    >>> loss.backward()",
        b"def backward(ctx, gradient): ...",
        b"backward = 1",
        b"forward(loss)",
    ],
)
def test_what_only_speaks_of_one_does_not(text: bytes) -> None:
    assert not might_matter(text + STEP)


def test_a_backward_without_a_step_or_a_window_has_nothing_to_report() -> None:
    assert not might_matter(b"loss.backward()\n")
    assert might_matter(b"(loss / accum).backward()\n")
