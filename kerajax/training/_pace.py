"""How many steps go into one compiled call, decided by measurement.

A call costs some tens of microseconds besides its arithmetic. Where steps are small, many of them
in one compiled loop run several times faster; where they are large, a loop gains nothing, and on a
CPU it loses, since XLA computes a loop's body with less parallelism. So a training run starts with
single steps and times them. Where a loop can gain, it is compiled in a thread while the single
steps go on; then it is timed, too, and the faster form is kept.
"""

import dataclasses
import math

SINGLE, LOOP = "single", "loop"
# Steps of more than this many seconds gain nothing noticeable from a loop, and may lose much.
_HEAVY = 2e-2
# What dispatching one call costs, in seconds; measured on CPUs and GPUs at 20 to 60 microseconds.
_DISPATCH = 40e-6
# One timing window, in seconds: long enough to be meaningful, short enough not to be felt.
_WINDOW = 0.04
# Windows of each form before it is judged.
_WINDOWS = 3
_MAX_STEPS = 1 << 20


@dataclasses.dataclass
class Plan:
    """What to run next.

    Attributes:
        form: `"single"` or `"loop"`.
        steps: How many steps.
        timed: Whether the caller is to wait for the result and report the time.
    """

    form: str
    steps: int
    timed: bool


class Pace:
    """Learns the times of one compiled step and plans the next calls.

    Other work on the machine makes a window look slow and never fast, so the shortest of several
    windows counts, and a loop that lost is tried again now and then.

    Args:
        target: Seconds that one call may take, so that progress is seen and Ctrl-C is heard.
        fixed: Int or None. A number of steps that the user asked for.

    Attributes:
        times: Form to the shortest seconds of a step seen so far.
    """

    def __init__(self, target=0.1, fixed=None):
        self.target = target
        self.fixed = fixed
        self.compile_time = None
        self.loop_asked = self.rest_asked = False
        self.loop_compiled = False
        self.rest_compiled = False
        self.times = {SINGLE: math.inf, LOOP: math.inf}
        self._judged = dict(self.times)
        self._singles = self._turns = 0
        self._seen = 0
        self._retry_at = math.inf

    def plan(self, available: int, remaining: int) -> Plan:
        """The next call: at most `available` steps, of `remaining` that are known to come."""
        if self.fixed is not None:
            steps = min(self.fixed, available)
            return Plan(LOOP if steps > 1 else SINGLE, steps, False)
        if self.compile_time is None:
            return Plan(SINGLE, 1, True)
        if self.loop_compiled and self._turns < 2 * _WINDOWS:
            return Plan(self._turn, min(available, self._steps(SINGLE, _WINDOW)), True)
        if self.loop_compiled:
            form = LOOP if self._loop_is_faster() else SINGLE
            return Plan(form, min(available, self._steps(form, self.target)), False)
        if self._singles < _WINDOWS:
            return Plan(SINGLE, min(available, 16), True)
        seconds = _WINDOW if self.loop_asked else self.target
        return Plan(SINGLE, min(available, self._steps(SINGLE, seconds)), False)

    def report(self, plan: Plan, seconds: float | None) -> None:
        """Takes the time of a planned call; None where nobody waited."""
        self._seen += plan.steps
        if self._seen >= self._retry_at:
            self._turns, self._retry_at = 0, math.inf
        if not plan.timed or seconds is None:
            return
        if self.compile_time is None:
            self.compile_time = seconds
            return
        step = seconds / plan.steps
        self.times[plan.form] = min(self.times[plan.form], step)
        if not self.loop_compiled or plan.form != self._turn:
            self._singles += 1
            return
        self._judged[plan.form] = step if self._turns < 2 else min(self._judged[plan.form], step)
        self._turns += 1
        if self._turns == 2 * _WINDOWS and not self._loop_is_faster():
            self._retry_at = 4 * self._seen

    @property
    def _turn(self):
        """The form to time now. They take turns, so that a slow moment falls on both."""
        return SINGLE if self._turns % 2 else LOOP

    def _loop_is_faster(self) -> bool:
        return self._judged[LOOP] < self._judged[SINGLE]

    def asks_for_loop(self, remaining: int) -> bool:
        """Whether to start compiling the loop now; says so once."""
        if self.loop_asked or self._singles < _WINDOWS or self.times[SINGLE] > _HEAVY:
            return False
        # As with renting or buying: what was run before says as much as what is known to come.
        # The compilation runs beside the steps, so a part of its time is what it costs.
        step = self.times[SINGLE]
        saving = min(0.8 * step, max(_DISPATCH, 0.03 * step)) * max(remaining, self._seen)
        self.loop_asked = saving > 0.1 * self.compile_time
        return self.loop_asked

    def asks_for_rest(self, steps: int, epochs: int) -> bool:
        """Whether to compile the loop that takes the shorter last batch with it; says so once.

        Args:
            steps: Full batches of an epoch.
            epochs: How many epochs are known to come.
        """
        judged = self.loop_compiled and self._turns == 2 * _WINDOWS
        if self.rest_asked or not judged or steps * self.times[LOOP] > self.target:
            return False
        # Where an epoch is one call, it spares a call for each.
        epochs = max(epochs, self._seen // steps)
        self.rest_asked = self._loop_is_faster() and _DISPATCH * epochs > 0.1 * self.compile_time
        return self.rest_asked

    def joins_rest(self, plan: Plan) -> bool:
        """Whether a call that ends an epoch also takes the shorter last batch."""
        return self.rest_compiled and plan.form == LOOP

    def _steps(self, form, seconds) -> int:
        return max(1, min(_MAX_STEPS, int(seconds / max(self.times[form], 1e-7))))
