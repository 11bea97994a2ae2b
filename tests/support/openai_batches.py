"""The files and batches of the strict server of the Responses API: what is ordered together and read later.

It refuses what the service refuses (a file of another purpose, lines that are no requests, two lines of one
name, more than a file may hold), answers when it is told to, and keeps count of what it would bill.
Source: https://developers.openai.com/api/reference/resources/batches
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CREATED = 1_790_000_000
DAY = 86_400
_TO_COME = frozenset({"validating", "in_progress", "finalizing", "cancelling"})


class RefusalError(Exception):
    """What the service does not do."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class Desk:
    """Takes files and orders.

    Args:
        fault_of: Says what is wrong with a request, or nothing.
        answer: Makes the body of the answer to one.
        model: The only model.
        calls: How often each thing was asked.
        billed: How many requests were answered.
        most_bytes: How large a file may be.
        faults: By the number of a line in its file, from 0: ``expired``, ``missing``, ``rate_limited`` or
            ``error``, or ``lost`` for one that was answered and is in no file.
        refuse_with: Why each batch is refused as a whole; empty where none is.
        held: By what is asked: an event to wait for after that was done, before anybody is told.
    """

    fault_of: Callable[[dict[str, Any]], str]
    answer: Callable[[], dict[str, Any]]
    model: str
    calls: Counter[str] = field(default_factory=Counter)
    billed: int = 0
    most_bytes: int = 200_000_000
    faults: dict[int, str] = field(default_factory=dict)
    refuse_with: str = ""
    held: dict[str, threading.Event] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def upload(self, content_type: str, body: bytes) -> dict[str, Any]:
        """Take a file."""
        parts = _parts(content_type, body)
        if parts["purpose"] != b"batch" or parts["expires_after[anchor]"] != b"created_at":
            raise RefusalError(400, "invalid_purpose")
        if not 3600 <= int(parts["expires_after[seconds]"]) <= 30 * DAY:
            raise RefusalError(400, "invalid_expiry")
        if len(parts["file"]) > self.most_bytes:
            raise RefusalError(413, "file_too_large")
        return self._file(parts["file"], "batch")

    def order(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take an order."""
        if (request["endpoint"], request["completion_window"]) != ("/v1/responses", "24h"):
            raise RefusalError(400, "invalid_endpoint")
        if not 3600 <= request["output_expires_after"]["seconds"] <= 30 * DAY:
            raise RefusalError(400, "invalid_expiry")
        content = self.files.get(request["input_file_id"])
        if content is None:
            raise RefusalError(400, "invalid_file")
        name = f"batch_{len(self.batches) + 1}"
        lines = [json.loads(line) for line in content.splitlines()]
        fault = self.refuse_with or self._fault(lines)
        self.lines[name] = lines
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": request["endpoint"],
            "errors": {"object": "list", "data": [{"code": fault, "message": "no"}]} if fault else None,
            "input_file_id": request["input_file_id"],
            "completion_window": "24h",
            "status": "failed" if fault else "validating",
            "output_file_id": None,
            "error_file_id": None,
            "created_at": CREATED + len(self.batches),
            "expires_at": CREATED + DAY,
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
            "metadata": request["metadata"],
        }
        return self.batches[name]

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        """List the orders, the newest first."""
        names = list(reversed(self.batches))
        names = names[names.index(query["after"]) + 1 :] if "after" in query else names
        size = int(query.get("limit", "20"))
        data = [self.batches[name] for name in names[:size]]
        return {
            "object": "list",
            "data": data,
            "first_id": data[0]["id"] if data else None,
            "last_id": data[-1]["id"] if data else None,
            "has_more": len(names) > size,
        }

    def look(self, name: str) -> dict[str, Any]:
        """Tell of an order."""
        if name not in self.batches:
            raise RefusalError(404, "not_found")
        return self.batches[name]

    def cancel(self, name: str) -> dict[str, Any]:
        """Call an order off; it is over when :meth:`finish` says so."""
        batch = self.look(name)
        if batch["status"] not in _TO_COME:
            raise RefusalError(409, "batch_over")
        batch["status"] = "cancelling"
        return batch

    def content(self, file_id: str) -> bytes:
        """Give a file."""
        if file_id not in self.files:
            raise RefusalError(404, "not_found")
        return self.files[file_id]

    def delete(self, file_id: str) -> dict[str, Any]:
        """Forget a file."""
        self.content(file_id)
        del self.files[file_id]
        return {"id": file_id, "object": "file", "deleted": True}

    def finish(self, status: str = "completed") -> None:
        """Answer what is ordered and say that it is over."""
        for name, batch in self.batches.items():
            if batch["status"] in _TO_COME:
                self._finish(name, batch, status)

    def _finish(self, name: str, batch: dict[str, Any], status: str) -> None:
        outputs, errors = [], []
        for number, line in enumerate(self.lines[name]):
            fault = self.faults.get(number, "")
            said = {"id": f"batch_req_{number}", "custom_id": line["custom_id"]}
            if fault in ("", "lost"):
                self.billed += 1
                batch["request_counts"]["completed"] += 1
                reply = {"status_code": 200, "request_id": f"req_{number}", "body": self.answer()}
                if not fault:
                    outputs.append({**said, "response": reply, "error": None})
            elif fault == "expired":
                expired = {"code": "batch_expired", "message": "This request could not be executed"}
                errors.append({**said, "response": None, "error": expired})
            elif fault != "missing":
                code, kind = (
                    (429, "rate_limit_exceeded") if fault == "rate_limited" else (500, "server_error")
                )
                body = {"error": {"message": "no", "type": kind, "param": None, "code": kind}}
                errors.append({**said, "response": {"status_code": code, "body": body}, "error": None})
        batch["request_counts"]["failed"] = len(errors)
        batch["status"] = status
        # In no order that means anything.
        for key, found in (("output_file_id", outputs[::-1]), ("error_file_id", errors)):
            if found:
                content = b"".join(json.dumps(each).encode() + b"\n" for each in found)
                batch[key] = self._file(content, "batch_output")["id"]

    def _fault(self, lines: list[dict[str, Any]]) -> str:
        if not 0 < len(lines) <= 50_000:
            return "invalid_number_of_requests"
        if len({line["custom_id"] for line in lines}) < len(lines):
            return "duplicate_custom_id"
        for line in lines:
            if (line["method"], line["url"], line["body"]["model"]) != ("POST", "/v1/responses", self.model):
                return "mismatched_request"
            if len(line["custom_id"]) > 64 or self.fault_of(line["body"]):
                return "invalid_request"
        return ""

    def _file(self, content: bytes, purpose: str) -> dict[str, Any]:
        file_id = f"file-{self.calls['files made'] + 1}"
        self.calls["files made"] += 1
        self.files[file_id] = content
        return {
            "id": file_id,
            "object": "file",
            "bytes": len(content),
            "created_at": CREATED,
            "filename": "x.jsonl",
            "purpose": purpose,
            "status": "processed",
        }


def _parts(content_type: str, body: bytes) -> dict[str, bytes]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    found: dict[str, bytes] = {}
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            found[str(part.get_param("name", header="content-disposition"))] = content
    return found
