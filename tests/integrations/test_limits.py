"""The rate of one key."""

from integrations.limits import Bucket


class Timer:
    """A timer that is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_given_once_and_then_the_bucket_fills_evenly() -> None:
    timer = Timer()
    bucket = Bucket(60, timer)
    assert [bucket.wait_for("a") for _ in range(60)] == [0.0] * 60
    assert bucket.wait_for("a") == 1.0

    timer.now = 1.0
    assert bucket.wait_for("a") == 0.0
    assert bucket.wait_for("a") > 0


def test_what_was_refused_is_not_counted() -> None:
    timer = Timer()
    bucket = Bucket(1, timer)
    bucket.wait_for("a")
    for _ in range(100):
        assert bucket.wait_for("a") == 60.0
    timer.now = 60.0

    assert bucket.wait_for("a") == 0.0


def test_one_key_does_not_use_up_what_is_anothers() -> None:
    bucket = Bucket(1, Timer())

    assert (bucket.wait_for("a"), bucket.wait_for("b")) == (0.0, 0.0)


def test_a_bucket_that_was_left_alone_is_full_and_no_fuller() -> None:
    timer = Timer()
    bucket = Bucket(2, timer)
    bucket.wait_for("a")
    timer.now = 1_000_000.0

    assert [bucket.wait_for("a") > 0 for _ in range(3)] == [False, False, True]
