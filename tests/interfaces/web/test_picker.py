from dataclasses import replace

import pytest

from askdivide.errors import ModelError, ModelUnknown
from askdivide.interfaces.web.picker import Picker


@pytest.fixture
def picker(settings):
    made = Picker(replace(settings, model="test:a.json", offer=" server:x@http://127.0.0.1:9/v1, ,quote"))
    made.choices()
    return made


def test_what_the_settings_name_comes_first_and_what_is_ready_before_what_is_not(picker):
    names = [name for _, name in picker.choices()]
    assert names[:3] == ["test:a.json", "server:x@http://127.0.0.1:9/v1", "quote"]
    assert len(names) == len(set(names))
    assert not any("PATH" in name or "NAME" in name for name in names)
    missing = ["not ready" in label for label, _ in picker.choices()][3:]
    assert missing == sorted(missing)


def test_each_says_where_the_text_goes_and_under_which_licence(picker):
    labels = {name: label for label, name in picker.choices()}
    assert "stays on this machine" in labels["server:x@http://127.0.0.1:9/v1"]
    assert "goes to api.deepseek.com" in labels["deepseek:deepseek-v4-pro"]
    assert "MIT" in labels["deepseek:deepseek-v4-pro"]
    assert "not ready: set DEEPSEEK_API_KEY" in labels["deepseek:deepseek-v4-pro"]


def test_a_model_that_is_not_ready_says_what_is_missing(picker, monkeypatch):
    with pytest.raises(ModelError, match="DEEPSEEK_API_KEY"):
        picker.check("deepseek:deepseek-v4-pro")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "x")
    picker.choices()
    assert picker.check("deepseek:deepseek-v4-pro") == "deepseek:deepseek-v4-pro"
    assert picker.check("deepseek:of-next-year") == "deepseek:of-next-year", "a name of a known service may be typed"


@pytest.mark.parametrize("name", ["test:/etc/passwd", "gguf:/etc/passwd", "server:x@http://10.0.0.1/v1", "hf:any/thing"])
def test_no_name_leads_to_a_file_or_an_address_of_a_visitors_choice(picker, name):
    with pytest.raises(ModelError, match="not offered here"):
        picker.check(name)


def test_a_wrong_name_is_told(picker):
    with pytest.raises(ModelUnknown):
        picker.check("depseek:x")


def test_the_line_below_the_box_says_who_answers_and_where_the_text_goes(picker):
    assert "Nothing leaves this machine" in picker.told(["quote"])
    assert "on this machine. Nothing leaves it" in picker.told(["test:a.json"])
    both = picker.told(["quote", "openai:gpt-5.5"])
    assert both.startswith("Two answers side by side.")
    assert "go to api.openai.com" in both
