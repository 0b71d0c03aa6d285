"""A small PyTorch trainer whose reported loss is right: read it, run it, copy it.

The reference form, in four lines::

    loss = criterion(model(x), y) / window_size     # summed loss, divided once, by the whole window
    loss.backward()
    window_loss += loss.detach()                    # what backward() saw, kept on the device
    train_loss += window_loss * window_size         # averaged over optimizer steps, by their weight

Cut the same batch into 1, 2, 4 or 8 micro-batches, or spread it over processes, and every reported number
stays what it was; train and validation loss are in one unit. The loop is :meth:`trainer.Trainer.train`.
"""

from __future__ import annotations
