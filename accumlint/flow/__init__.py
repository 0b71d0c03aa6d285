"""The analysis: what number does a training loop report?

Take nine lines:

    1   train_loss, steps = 0.0, 0
    2   for i, (x, y) in enumerate(loader):
    3       raw = criterion(model(x), y)
    4       loss = raw / accum
    5       loss.backward()
    6       train_loss += raw.item()
    7       if (i + 1) % accum == 0:
    8           optimizer.step(); optimizer.zero_grad(); steps += 1
    9   print(train_loss / steps)

The analysis runs them as Python would, with scales (:mod:`accumlint.scale`) in the place of numbers.

*What is a loss?* Nobody says so on line 3. But what reaches ``backward()`` on line 5 was made on line 3, so the value
born there is a loss, ``ℓ``, and ``loss`` is ``ℓ/accum``.

*What is N?* ``accum`` is the modulus of the guard around ``optimizer.step()``: so it is ``N``, and ``loss`` is ``ℓ/N``.

*How often does a line run?* Every program point has a rate. The loop of line 2 runs as often as the loader has batches,
``m``; the guard of line 7 lets every Nth through, so line 8 runs ``m/N`` times.

*What does a sum hold?* A place that is set at one rate and added to at another holds the value added times the
quotient of the rates: ``train_loss`` is ``ℓ · m``, ``steps`` is ``1 · m/N``. Sums that are reset for each window, log
interval or epoch need no rule of their own: the reset only changes the rate they start at.

*What is reported?* ``ℓ·m ÷ m/N = ℓ·N``: N times the mean loss. That is all there is to it.

Where things are:

* :mod:`~accumlint.flow.machine` holds one run: what is believed, and the two places where everything meets,
  ``evaluate`` and ``call``; :mod:`~accumlint.flow.state` holds what every place holds (snapshot, restore, merge),
  :mod:`~accumlint.flow.context` the rates.
* :mod:`~accumlint.flow.statements` walks, :mod:`~accumlint.flow.guards` reads conditions,
  :mod:`~accumlint.flow.branches` joins the ways they part, :mod:`~accumlint.flow.ways` says which was taken,
  :mod:`~accumlint.flow.functions` enters functions of the text, :mod:`~accumlint.flow.linking` those of other files.
* :mod:`~accumlint.flow.expression` says what an expression is worth: :mod:`~accumlint.flow.parts` what is read,
  :mod:`~accumlint.flow.arithmetic` what is computed, :mod:`~accumlint.flow.calls` what is called,
  :mod:`~accumlint.flow.library` what an unknown or library function gives, :mod:`~accumlint.flow.effects`,
  :mod:`~accumlint.flow.tensors` and :mod:`~accumlint.flow.backward` what the known ones do.
* :mod:`~accumlint.flow.sums` reads accumulators, :mod:`~accumlint.flow.beginnings` where they begin if that is in the
  loop that adds to them, :mod:`~accumlint.flow.containers` lists and dicts,
  :mod:`~accumlint.flow.arrays` what is made at its full length and filled, :mod:`~accumlint.flow.iteration` what
  loops run over, :mod:`~accumlint.flow.binding` what a name makes of a value.
* :mod:`~accumlint.flow.recording` writes down what happens, :mod:`~accumlint.flow.learn` what one pass teaches the
  next, :mod:`~accumlint.flow.doubt` what nobody can say is undivided; :mod:`~accumlint.flow.analysis` is what rules
  may ask.

What libraries do is data, in :mod:`accumlint.frameworks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accumlint.glance import might_matter

if TYPE_CHECKING:
    from accumlint.flow.analysis import Analysis, FlowOptions, Metric, Report, TrainingLoop, Verdict
    from accumlint.flow.project import Project
    from accumlint.source import Source

__all__ = ["Analysis", "FlowOptions", "Metric", "Report", "TrainingLoop", "Verdict", "analyze", "might_matter"]


def __getattr__(name: str) -> Any:
    """The analysis and libcst are imported with the first name that needs them; the byte filter needs neither."""
    if name not in __all__:
        raise AttributeError(name)
    from accumlint.flow import analysis

    return getattr(analysis, name)


def analyze(source: Source, options: FlowOptions | None = None, project: Project | None = None) -> Analysis | None:
    """Infer what the loops of a text report; None when no loop in it is of interest.

    ``project`` are the other files of the scan, for what is imported and for who divides what leaves.
    Raises SourceError where the text is no Python.
    """
    from accumlint.flow.screen import interesting_text

    text = interesting_text(source.text, source.syntax_tree())
    if text is None:
        return None
    from accumlint.flow.analysis import FlowOptions, analyze_module
    from accumlint.flow.tree import parse_module

    return analyze_module(source, parse_module(text), options or FlowOptions(), text, project)
