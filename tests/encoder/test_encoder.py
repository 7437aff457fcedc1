"""The encoder gives the vectors of all-MiniLM-L6-v2, and refuses any other weights than those it was asked for."""

import hashlib
import shutil

import numpy as np
import pytest

import encoder
from encoder import weights

RECORDED = {  # the first six numbers, checked against the exact (erf) form of the model: cosine 0.99999
    "where is my refund": [-0.029058, -0.00993, 0.02901, 0.040051, 0.059399, 0.004827],
    "I'd like to return these shoes, they are too tight": [
        -0.099425,
        -0.018122,
        0.022293,
        -0.002722,
        -0.016485,
        -0.064893,
    ],
    "yes": [-0.117375, 0.000845, 0.029368, 0.027493, 0.014923, -0.022109],
}


@pytest.fixture(scope="module")
def model():
    return encoder.Encoder()


@pytest.mark.parametrize("text", list(RECORDED))
def test_a_sentence_gets_the_vector_that_was_recorded(model, text):
    assert model.encode(text)[:6] == pytest.approx(RECORDED[text], abs=2e-5)


def test_a_paraphrase_is_nearer_than_another_subject(model):
    question, paraphrase, other = model.encode_many(
        ["where is my refund", "i still have not got my money back", "which tent is best for the mountains"]
    )
    assert question @ paraphrase > question @ other + 0.3


@pytest.mark.parametrize("text", ["", "   ", "👍🎉", "a" * 10_000, "word " * 2_000, "\x00", "où est mon colis ?"])
def test_any_text_gets_a_finite_vector_of_unit_length(model, text):
    vector = model.encode(text)
    assert vector.shape == (384,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_the_same_text_gets_the_same_vector_alone_and_among_others(model):
    texts = ["a short one", "a much longer one, with a comma and more words in it than the short one has"]
    assert np.array_equal(model.encode_many(texts)[0], model.encode(texts[0]))


def test_no_texts_give_no_rows(model):
    assert model.encode_many([]).shape == (0, 384)


def test_a_packed_vector_comes_back_as_it_was(model):
    vector = model.encode("to my visa please")
    assert np.array_equal(encoder.unpack(encoder.pack(vector)), vector)


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", encoder.pack(np.array([np.nan], dtype=np.float32))])
def test_what_is_not_a_packed_vector_is_refused(text):
    with pytest.raises(ValueError, match="a packed vector must"):
        encoder.unpack(text)


@pytest.fixture
def folder_with_other_tokenizer(tmp_path):
    installed = weights.installed_folder()
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(installed / name, tmp_path / name)
    (tmp_path / "model.safetensors").symlink_to(installed / "model.safetensors")
    with (tmp_path / "tokenizer.json").open("a") as file:
        file.write("\n")
    return tmp_path


def test_weights_with_another_hash_are_refused_and_the_message_names_the_file(folder_with_other_tokenizer):
    with pytest.raises(weights.WeightsError, match=r"tokenizer\.json has SHA-256 .*not loaded"):
        encoder.Encoder(folder_with_other_tokenizer, weights.SHA256)


def test_another_folder_of_the_family_is_loaded_when_no_hash_is_asked_for(folder_with_other_tokenizer, model):
    other = encoder.Encoder(folder_with_other_tokenizer)
    assert np.array_equal(other.encode("hello"), model.encode("hello"))


def test_the_installed_files_are_the_official_ones():
    data = (weights.installed_folder() / "tokenizer.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == weights.SHA256["tokenizer.json"]


def test_a_folder_without_weights_is_refused_with_its_name(tmp_path):
    with pytest.raises(weights.WeightsError, match="cannot be read"):
        encoder.Encoder(tmp_path)
