"""A process of the house leaves the second core to others: numpy's work here is too small for two threads."""

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]

from returndesk import serving


def test_a_role_uses_one_thread_for_numpy() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpoolctl.threadpool_limits(2):
        serving.role("mail")
        used = {library["num_threads"] for library in threadpoolctl.threadpool_info()}
    assert used == {1}
