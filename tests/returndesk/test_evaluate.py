"""The tables of `returndesk evaluate` stand between two marks, and the rest of the page stays."""

from returndesk import evaluate


def test_tables_are_put_between_the_marks_and_nothing_else_changes() -> None:
    page = f"# Title\n\n{evaluate.BEGIN}\nold\n{evaluate.END}\nafter\n"
    written = evaluate.replaced(page, "new")
    assert "old" not in written
    assert written == f"# Title\n\n{evaluate.BEGIN}\n\nnew\n\n{evaluate.END}\nafter\n"
    assert evaluate.replaced(written, "new") == written


def test_a_page_without_marks_gets_them_at_its_end() -> None:
    assert evaluate.replaced("# Title\n", "new") == f"# Title\n\n{evaluate.BEGIN}\n\nnew\n\n{evaluate.END}\n"
