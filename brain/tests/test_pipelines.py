"""A pipeline's run becomes one row of the table of pipelines."""

import numpy as np
import pytest
from brain.evaluation import data, pipelines

ASKED = data.Examples(
    ["where is it", "sing", "send it back"],
    np.array(["order_status", "out_of_scope", "start_return"]),
    np.zeros((3, 2), dtype=np.float32),
    np.arange(3),
    np.array(["plain"] * 3),
)


def test_a_row_tells_what_was_right_and_what_it_took():
    run = pipelines.Run(
        rankings=[
            [("order_status", 0.8), ("out_of_scope", 0.2)],
            [("out_of_scope", 0.9), ("start_return", 0.1)],
            [("order_status", 0.6), ("start_return", 0.4)],
        ],
        loading=1.25,
        milliseconds=[4.0, 5.0, 6.0],
        memory=210.4,
    )
    cells = [cell.strip() for cell in pipelines.row("ours", "all (9)", ASKED, run).strip("|").split("|")]
    assert cells[:3] == ["ours", "all (9)", "0.667"]
    assert cells[4] == "1.000"
    assert cells[5].startswith("5.0 (")
    assert cells[6:] == ["1.2", "210"]


def test_a_ranking_without_out_of_scope_is_wholly_in_scope():
    assert pipelines.in_scope([("affirm", 0.4)]) == pytest.approx(1.0)
    assert pipelines.in_scope([("out_of_scope", 0.6), ("affirm", 0.2)]) == pytest.approx(0.25)


def test_handwritten_lines_are_those_beside_the_wordings(tmp_path):
    folder = tmp_path / "data" / "nlu"
    (folder / "wordings").mkdir(parents=True)
    line = "nlu:\n- intent: greet\n  examples: |\n    - {}\n"
    (folder / "greet.yml").write_text(line.format("[hello](name) you"))
    (folder / "wordings" / "greet.yml").write_text(line.format("(hi|hey) there"))
    found = data.written(tmp_path, lambda texts: np.zeros((len(texts), 2), dtype=np.float32))
    assert found.texts == ["hello you"]
    assert len(data.training_lines(folder)[0]) == 2
