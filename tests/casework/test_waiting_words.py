"""What customers write while they wait: which words lead back, which ask how long it takes, which give no address."""

import pytest

from casework import waiting_words


@pytest.mark.parametrize(
    "words",
    [
        "go back to the bot",
        "back to bot",
        "bot",
        "I want to talk to the bot again",
        "nevermind",
        "never mind, I solved it",
        "No need anymore",
        "Take me back to the assitant",
        "let me go back to the bot please",
        "can I go back to the bot?",
        "forget about it",
        "it's fine, I don't need anyone",
        "I'll do it with the bot",
        "continue with the bot",
        "return to bot",
        "I can't wait, go back",
        "get me out of the queue",
        "cancel my request",
        "i dont need a person any more",
        "I've changed my mind, I don't need a person anymore",
        "the bot is fine",
        "assistant please",
        "I don't want to talk to a person any more",
    ],
)
def test_a_wish_to_go_back_is_understood_in_many_words(words: str) -> None:
    assert waiting_words.wants_the_bot(words)


@pytest.mark.parametrize(
    "words",
    [
        "never mind the box, it's the lamp that is broken",
        "don't go back to the bot",
        "I don't want to go back to the bot",
        "don't send me back to the bot, I need a person",
        "the bot sent me here",
        "the bot was useless",
        "no bot please",
        "I don't want to wait",
        "I need a person",
        "send it back",
        "I want to go back to the store",
        "my robot vacuum is broken",
        "cancel my order",
        "forget it, I'll sue you",
        "no",
        "back",
        "",
    ],
)
def test_what_carries_news_is_for_the_person(words: str) -> None:
    assert not waiting_words.wants_the_bot(words)


@pytest.mark.parametrize(
    "words",
    [
        "how long does it take?",
        "How much longer?",
        "how long do I have to wait",
        "what's my place in the queue?",
        "hello?",
        "Hello? Is anyone there?",
        "is anybody coming",
        "when will someone be here?",
        "are you still there?",
        "I don't want to wait",
        "cancel",
        "how many people are ahead of me?",
    ],
)
def test_who_asks_how_long_it_takes_is_understood(words: str) -> None:
    assert waiting_words.asks_how_long(words)


@pytest.mark.parametrize(
    "words",
    [
        "how long do refunds take?",
        "hello, my lamp is broken",
        "cancel my order",
        "is it covered?",
        "where is my order",
        "",
    ],
)
def test_other_questions_are_for_the_person(words: str) -> None:
    assert not waiting_words.asks_how_long(words)


@pytest.mark.parametrize(
    "words",
    ["no", "No, thanks", "I don't have an e-mail", "why do you need it?", "don't call me", "I'd rather not", "skip"],
)
def test_who_gives_no_address_is_understood(words: str) -> None:
    assert waiting_words.gives_no_address(words)


@pytest.mark.parametrize("words", ["no idea where it is", "the lamp is broken", "ok", "it is on my order"])
def test_other_words_refuse_nothing(words: str) -> None:
    assert not waiting_words.gives_no_address(words)
