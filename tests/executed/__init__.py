"""The executed truth: training loops are run, and the number they report is the judge of the linter.

Hold the data and the effective batch fixed and train with N = 1, 2 and 4 micro-batches per optimizer
step: that is the same training, so no reported number may depend on N. Nothing here is opinion and
nothing here knows how accumlint thinks; the two meet only where findings are compared with measurements.

``world``     what a loop finds around it: data, model, optimizer, loggers, stand-ins for libraries
``program``   a text made runnable: every place where a number leaves it becomes a numbered site
``measure``   runs a program at several N, batch sizes and epoch lengths and reads off its exponents
``idioms``    the ways people write the parts of a training loop, and what each does to the number
``generate``  puts idioms together into whole programs and says beforehand what they must report
``linter``    asks accumlint, through its JSON output, and lets it fix files
``verdict``   sets findings beside measurements
``truth``     the command: ``python -m tests.executed.truth --count 20000``
"""
