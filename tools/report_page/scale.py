"""Values -> places on an axis, and where its ticks are."""

import math

LEAST = 1e-200  # anything below is drawn as 0
WIDEST = 1e15  # from the greatest value to the least that is told from 0
ZERO_GAP = 16  # of a logarithmic axis that shows 0: from there to the rest


class Scale:
    """Maps low..high to start..end, linear or logarithmic.

    A linear axis begins at 0.  On a logarithmic one 0 has a place of its own,
    before the least value, when `values` hold a 0.
    """

    def __init__(self, values, start, end, log=None):
        positive = [value for value in values if value > LEAST]
        self.high = max(positive, default=1)
        self.low = max(min(positive, default=1), self.high / WIDEST)
        if log is None:
            log = self.high / self.low > 20
        self.log = log
        self.has_zero = any(value <= 0 for value in values)
        self.start, self.end = start, end
        if log:
            self._widen()
        else:
            self.low = 0
            self.high = self._round_up(self.high)

    def __call__(self, value):
        if not self.log:
            part = min(max(value, 0) / self.high, 1)
            return self.start + (self.end - self.start) * part
        if value <= 0:
            return self.start
        part = math.log(max(value / self.low, 1)) / math.log(self.high / self.low)
        begin = self._begin()
        return begin + (self.end - begin) * min(max(part, 0), 1)

    def ticks(self, at_most=6):
        if not self.log:
            step = self._step(at_most)
            count = int(self.high / step + 1e-9)
            return [step * i for i in range(count + 1)]
        ticks = self._log_ticks(at_most)
        return [0] + ticks if self.has_zero else ticks

    def _begin(self):
        if not self.has_zero:
            return self.start
        return self.start + math.copysign(ZERO_GAP, self.end - self.start)

    def _widen(self):
        """A little room at both ends, so that no mark sits on the frame."""
        if self.high / self.low < 1.5:
            self.low, self.high = self.low / 1.5, self.high * 1.5
        margin = (self.high / self.low) ** 0.05
        self.low, self.high = self.low / margin, self.high * margin

    def _step(self, at_most):
        rough = self.high / at_most
        power = 10 ** math.floor(math.log10(rough))
        for factor in (1, 2, 5, 10):
            if factor * power >= rough * (1 - 1e-9):
                return factor * power
        return 10 * power

    def _round_up(self, high):
        self.high = high
        step = self._step(5)
        return step * math.ceil(high / step - 1e-9)

    def _log_ticks(self, at_most):
        """Decades; between them 2 and 5 where there are few, all where fewer."""
        first = math.floor(math.log10(self.low))
        last = math.ceil(math.log10(self.high))
        for factors in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,)):
            ticks = [
                factor * 10.0**power
                for power in range(first, last + 1)
                for factor in factors
                if self.low <= factor * 10.0**power <= self.high
            ]
            if len(ticks) <= at_most:
                return ticks
        return ticks[:: math.ceil(len(ticks) / at_most)]


class Places:
    """An axis of names, evenly spaced: p50, p99, ..."""

    log = False

    def __init__(self, values, start, end):
        self.values = list(values)
        self.start, self.end = start, end

    def __call__(self, value):
        count = len(self.values)
        if count == 1:
            return (self.start + self.end) / 2
        margin = 14
        step = (self.end - self.start - 2 * margin) / (count - 1)
        return self.start + margin + step * self.values.index(value)

    def ticks(self, at_most=0):
        del at_most
        return self.values
