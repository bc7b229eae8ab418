import io
import json
import logging

import pytest
import structlog

from appliance.config import logs


@pytest.fixture
def lines():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up("bridge", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_log_is_one_json_line_without_patient_data(lines):
    structlog.get_logger("receive").info("stored", study_uid="1.2.3", patient_name="DOE^JANE", code="A2B3C4D6")
    (line,) = lines()
    assert line["event"] == "stored"
    assert line["study_uid"] == "1.2.3"
    assert line["service"] == "bridge"
    assert "DOE" not in str(line)
    assert "A2B3" not in str(line)


def test_libraries_speak_only_of_trouble(lines):
    logging.getLogger("aiohttp.access").info("GET /secret")
    logging.getLogger("pynetdicom.dimse").warning("PatientName")
    logging.getLogger("elsewhere").warning("told")
    assert [line["event"] for line in lines()] == ["told"]


def test_an_exception_shows_no_local_variables(lines):
    try:
        secret_name = "DOE"
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert secret_name not in str(lines())
    assert "ValueError" in str(lines())
