"""How many steps go into one compiled call, decided by measurement.

A call costs some tens of microseconds besides its arithmetic. Where steps are small, many of them
in one compiled loop run several times faster; where they are large, a loop gains nothing, and on a
CPU it loses, since XLA computes a loop's body with less parallelism. So a training run starts with
single steps, times them, and compiles the loop only where the time it can save is worth the
compilation; then it times the loop, too, and keeps the faster form.
"""

import dataclasses

SINGLE, LOOP = "single", "loop"
# Steps of more than this many seconds gain nothing noticeable from a loop.
_HEAVY = 2e-3
# What dispatching one call costs, in seconds; measured on CPUs and GPUs at 20 to 60 microseconds.
_DISPATCH = 40e-6
# One timing window, in seconds: long enough to be meaningful, short enough not to be felt.
_WINDOW = 0.02
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

    Args:
        target: Seconds that one call may take, so that progress is seen and Ctrl-C is heard.
        fixed: Int or None. A number of steps that the user asked for.
    """

    def __init__(self, target=0.1, fixed=None):
        self.target = target
        self.fixed = fixed
        self.compile_time = None
        self.times = {SINGLE: None, LOOP: None}
        self.rejected = False
        self._loop_compiled = False
        self._seen = 0

    def plan(self, available: int, remaining: int) -> Plan:
        """The next call: at most `available` steps, of `remaining` that are known to come."""
        if self.fixed is not None:
            steps = min(self.fixed, available)
            return Plan(LOOP if steps > 1 else SINGLE, steps, False)
        if self.compile_time is None:
            return Plan(SINGLE, 1, True)
        if self.times[SINGLE] is None:
            return Plan(SINGLE, min(available, 16), True)
        if not self.rejected and self._loop_pays(remaining):
            if not self._loop_compiled:
                return Plan(LOOP, min(available, 8), True)
            if self.times[LOOP] is None:
                return Plan(LOOP, min(available, _steps_in(_WINDOW, self.times[SINGLE])), True)
            return Plan(LOOP, min(available, _steps_in(self.target, self.times[LOOP])), False)
        return Plan(SINGLE, min(available, _steps_in(self.target, self.times[SINGLE])), False)

    def report(self, plan: Plan, seconds: float | None) -> None:
        """Takes the time of a planned call; None where nobody waited."""
        self._seen += plan.steps
        if not plan.timed or seconds is None:
            return
        if self.compile_time is None:
            self.compile_time = seconds
        elif plan.form == LOOP and not self._loop_compiled:
            self._loop_compiled = True
        else:
            self.times[plan.form] = seconds / plan.steps
            loop = self.times[LOOP]
            self.rejected = loop is not None and loop > 0.97 * self.times[SINGLE]

    def _loop_pays(self, remaining) -> bool:
        if self._loop_compiled:
            return True
        if self.times[SINGLE] > _HEAVY:
            return False
        # As with renting or buying: what was run before says as much as what is known to come.
        saving = min(0.8 * self.times[SINGLE], _DISPATCH) * max(remaining, self._seen)
        return saving > 1.2 * self.compile_time


def _steps_in(seconds, step_time) -> int:
    return max(1, min(_MAX_STEPS, int(seconds / max(step_time, 1e-7))))
