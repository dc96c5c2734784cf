"""A provider's Batch API for tests, in OpenAI's form: files, batches and their answers, all in memory.

    office = Office()
    with ChatServer(office) as server: ...

It answers each line with the line's last message in upper case, unless `answers` says otherwise.
"""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from tests.chat_server import Answer, Asked, completion, document, refused

Body = Mapping[str, Any]


def shout(body: Body) -> Answer:
    """The last message in upper case."""
    return document(completion(body["messages"][-1]["content"].upper()))


class Office:
    """A `Clerk`. A batch ends after `polls` questions, with `status`. `paid` are the prompts of all batches begun.

    A line for which `answers` gives None stays without an answer.
    """

    def __init__(
        self, *, polls: int = 1, status: str = "completed", answers: Callable[[Body], Answer | None] = shout
    ) -> None:
        self.polls = polls
        self.status = status
        self.answers = answers
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.paid: list[str] = []
        self.begun = threading.Event()
        self._asked: dict[str, int] = {}

    def __call__(self, asked: Asked) -> Answer | None:
        path = asked.path.partition("?")[0].removeprefix("/v1/").split("/")
        match asked.method, path:
            case "POST", ["files"]:
                return self._upload(asked.content)
            case "POST", ["batches"]:
                return self.begin(asked.body)
            case "GET", ["batches"]:
                return document({"data": list(self.batches.values()), "has_more": False})
            case "GET", ["batches", batch] if batch in self.batches:
                return self._look(batch)
            case "GET", ["files", file, "content"] if file in self.files:
                return Answer(body=self.files[file], headers={"Content-Type": "application/jsonl"})
        return refused(404, "no such thing")

    def _upload(self, content: bytes) -> Answer:
        file = f"file-{len(self.files)}"
        self.files[file] = content.split(b"\r\n\r\n", 2)[2].rpartition(b"\r\n--")[0]
        return document({"id": file, "object": "file"})

    def begin(self, told: Body) -> Answer:
        """Takes a batch."""
        name = f"batch_{len(self.batches)}"
        lines = self._lines(told["input_file_id"])
        self.paid += [line["body"]["messages"][-1]["content"] for line in lines]
        self.batches[name] = {"id": name, "object": "batch", "status": "validating", **told}
        self.begun.set()
        return document(self.batches[name])

    def _lines(self, file: str) -> list[Any]:
        return [json.loads(line) for line in self.files[file].splitlines()]

    def _look(self, name: str) -> Answer:
        batch = self.batches[name]
        self._asked[name] = self._asked.get(name, 0) + 1
        if self._asked[name] > self.polls and batch["status"] == "validating":
            batch["status"] = self.status
            self._work(batch)
        return document(batch)

    def _work(self, batch: dict[str, Any]) -> None:
        good, bad = [], []
        for line in self._lines(batch["input_file_id"]) if self.status in ("completed", "expired") else ():
            answer = self.answers(line["body"])
            if answer is None:
                continue
            response = {"status_code": answer.status, "body": json.loads(answer.body)}
            told = {"custom_id": line["custom_id"], "response": response, "error": None}
            (good if answer.status == 200 else bad).append(json.dumps(told, ensure_ascii=False))
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                batch[name] = f"file-{len(self.files)}"
                self.files[batch[name]] = "\n".join(reversed(lines)).encode()
