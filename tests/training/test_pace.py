"""The planner of how many steps one call joins."""

from kerajax.training._pace import LOOP, SINGLE, Pace


def run(pace, times, *, available=1000, remaining=100_000, calls=40, disturbed=()):
    """Plans calls and reports made-up times; returns the forms that were planned.

    Calls numbered in `disturbed` take fifty times as long. A loop that is asked for is compiled by
    the next call.
    """
    forms = []
    for call in range(calls):
        pace.loop_compiled = pace.loop_asked
        pace.asks_for_loop(remaining)
        plan = pace.plan(available, remaining)
        seconds = times[plan.form] * plan.steps * (50 if call in disturbed else 1)
        pace.report(plan, 0.3 if pace.compile_time is None else seconds)
        forms.append(plan.form)
    return forms


def test_small_steps_go_into_a_loop():
    forms = run(Pace(), {SINGLE: 60e-6, LOOP: 6e-6})
    assert forms[:4] == [SINGLE] * 4 and forms[-1] == LOOP


def test_heavy_steps_stay_single():
    assert set(run(Pace(), {SINGLE: 0.1, LOOP: 0.3})) == {SINGLE}


def test_a_slower_loop_is_given_up():
    forms = run(Pace(), {SINGLE: 1e-3, LOOP: 3e-3})
    assert LOOP in forms and forms[-1] == SINGLE


def test_one_disturbed_window_does_not_decide():
    """A form that was slow once, because something else ran, is judged by its best window."""
    assert run(Pace(), {SINGLE: 60e-6, LOOP: 6e-6}, disturbed=(1, 5))[-1] == LOOP
    assert run(Pace(), {SINGLE: 1e-3, LOOP: 3e-3}, disturbed=(1, 2))[-1] == SINGLE


def test_a_short_training_does_not_compile_the_loop():
    assert set(run(Pace(), {SINGLE: 60e-6, LOOP: 6e-6}, remaining=100, calls=5)) == {SINGLE}


def test_a_call_lasts_about_the_target():
    pace = Pace(target=0.1)
    run(pace, {SINGLE: 60e-6, LOOP: 10e-6}, available=10**6)
    assert 5_000 < pace.plan(10**6, 10**6).steps < 20_000


def test_a_fixed_number_is_kept():
    assert Pace(fixed=5).plan(12, 12).steps == 5
    assert Pace(fixed=5).plan(3, 3).steps == 3
