"""The planner of how many steps one call joins."""

from kerajax.training._pace import LOOP, SINGLE, Pace


def run(pace, times, *, available=1000, remaining=100_000, calls=40):
    """Plans calls and reports made-up times; returns the forms that were planned."""
    forms = []
    for _ in range(calls):
        plan = pace.plan(available, remaining)
        first = pace.compile_time is None or (plan.form == LOOP and not pace.loop_compiled)
        pace.report(plan, 0.3 if first else times[plan.form] * plan.steps)
        forms.append(plan.form)
    return forms


def test_small_steps_go_into_a_loop():
    forms = run(Pace(), {SINGLE: 60e-6, LOOP: 6e-6})
    assert forms[:2] == [SINGLE, SINGLE] and forms[-1] == LOOP


def test_heavy_steps_stay_single():
    assert set(run(Pace(), {SINGLE: 0.1, LOOP: 0.3})) == {SINGLE}


def test_a_slower_loop_is_given_up():
    forms = run(Pace(), {SINGLE: 1e-3, LOOP: 3e-3})
    assert LOOP in forms and forms[-1] == SINGLE


def test_one_disturbed_window_does_not_decide():
    """A loop that was slow once, because something else ran, is judged by its best window."""
    pace, seen = Pace(), []
    for i in range(40):
        plan = pace.plan(1000, 100_000)
        first = pace.compile_time is None or (plan.form == LOOP and not pace.loop_compiled)
        disturbed = 50 if plan.form == LOOP and seen.count(LOOP) == 1 else 1
        time = {SINGLE: 60e-6, LOOP: 6e-6}[plan.form] * disturbed
        pace.report(plan, 0.3 if first else time * plan.steps)
        seen.append(plan.form)
    assert seen[-1] == LOOP


def test_a_short_training_does_not_compile_the_loop():
    assert set(run(Pace(), {SINGLE: 60e-6, LOOP: 6e-6}, remaining=100, calls=5)) == {SINGLE}


def test_a_call_lasts_about_the_target():
    pace = Pace(target=0.1)
    run(pace, {SINGLE: 60e-6, LOOP: 10e-6}, available=10**6)
    assert 5_000 < pace.plan(10**6, 10**6).steps < 20_000


def test_a_fixed_number_is_kept():
    assert Pace(fixed=5).plan(12, 12).steps == 5
    assert Pace(fixed=5).plan(3, 3).steps == 3
