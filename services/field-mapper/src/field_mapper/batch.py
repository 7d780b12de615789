"""A slice of results: prepared for as long as it may take, applied in one transaction, then published."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

from connectors_shared.contract.dead import DeadLetter, Header, deaths_of
from connectors_shared.contract.failure import DeadReason
from connectors_shared.contract.topics import CONTACT_UPDATED, RESULT_DEAD
from connectors_shared.runtime.clock import Clock
from connectors_shared.runtime.logging import get_logger
from field_mapper.coercion import UserFieldCoercion
from field_mapper.metrics import MapperMetrics
from field_mapper.model import AppliedKey, ContactKey, Proposal
from field_mapper.outbound.faults import NotPublishedError, TooSlowError, described
from field_mapper.outbound.publisher import NeverFitsError, Outgoing, without_body
from field_mapper.publishing import Due, Unpublished, UpdatesInPortions
from field_mapper.retries import Retries, StoppedError
from field_mapper.stages import (
    Announcement,
    ContactSession,
    SetAsideError,
    UnreadableResultError,
    applied_key,
    apply,
    carried_of,
    decode,
    propose,
    serialized,
    smallest_update,
)

SERVICE: Final = "connectors-field-mapper"
POISON_ATTEMPTS: Final = 3
TRANSACTION_SECONDS: Final = 120
TRACE_HEADERS: Final = ("traceparent", "tracestate")
NEVER_FITS: Final = f"it is applied; no form of its update fits into {CONTACT_UPDATED.name}"
LOST: Final = "it is applied; its update is not stored any more"
TURN_SECONDS: Final = 0.05
"""How long records are prepared before others run: one may take a second, and the heartbeats run on this loop."""
SLICE_BYTES: Final = 4 * 1024 * 1024
"""What records may write, and their updates carry, before they are applied: in memory it takes several times as much,
and nothing else runs while it is merged."""
SLICE_SECONDS: Final = 1.0
"""How long records are prepared before they are applied and committed: what untrusted paths cost is bounded for one
record, not for five hundred."""

log = get_logger(__name__)


class Record(Protocol):
    """What is used of a Kafka record."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[Header]: ...


class Contacts(Unpublished, Protocol):
    """Where transactions come from. `workspaces`: whose contacts they are about."""

    def transaction(self, workspaces: Collection[UUID]) -> AbstractAsyncContextManager[ContactSession]: ...
    async def applied(self, keys: Collection[AppliedKey]) -> dict[AppliedKey, Announcement]: ...


class Publisher(Protocol):
    """Sends, and answers the position of every message that failed."""

    async def send(self, messages: Sequence[Outgoing]) -> dict[int, Exception]: ...


def _charge_nobody(_seconds: float) -> None:
    """Where nobody waits for a turn."""


@dataclass(slots=True)
class _Work:
    """A record and what it has come to: a proposal, then an announcement; or a dead letter; or nothing to do."""

    record: Record
    proposal: Proposal | None = None
    announcement: Announcement | None = None
    dead: DeadLetter | None = None

    @property
    def bytes(self) -> int:
        """To write, and to carry along."""
        return self.proposal.value_bytes + len(self.proposal.carried) if self.proposal else 0


class BatchProcessor:
    """What `process` answers is durable, and its offsets may be committed."""

    def __init__(
        self,
        contacts: Contacts,
        publisher: Publisher,
        coercion_of: Callable[[UUID], UserFieldCoercion],
        clock: Clock,
        metrics: MapperMetrics,
        retries: Retries,
        topic_prefix: str = "",
    ) -> None:
        self._contacts = contacts
        self._publisher = publisher
        self._coercion_of = coercion_of
        self._clock = clock
        self._metrics = metrics
        self._retries = retries
        self._prefix = topic_prefix
        self._updates = UpdatesInPortions(contacts)
        self._takes_long = True
        """What comes first may be what somebody else has done and not committed."""

    async def process(
        self,
        records: Iterable[Record],
        ahead: Callable[[], Iterable[Record]] = tuple,
        charge: Callable[[float], None] = _charge_nobody,
    ) -> list[Record] | None:
        """Takes as many as a slice has time and bytes for, and retries for as long as Postgres or Kafka need.

        Answers those that were taken; None when the process ends, or the slice is abandoned, before they are done.
        `ahead`: which come after the one that was taken last. `charge`: the work that it was; waiting is none.
        """
        try:
            with self._retries.whole():
                works = await self._prepared_some(records, ahead, charge)
                await self._finish(works)
        except StoppedError:
            return None
        return [work.record for work in works]

    async def _finish(self, works: Sequence[_Work]) -> None:
        await self._apply([work for work in works if work.proposal])
        await self._publish_updates(works)
        await self._publish_dead(works)
        self._count(works)

    async def _prepared_some(
        self,
        records: Iterable[Record],
        ahead: Callable[[], Iterable[Record]] = tuple,
        charge: Callable[[float], None] = _charge_nobody,
    ) -> list[_Work]:
        """At least one, if there is one. When it takes long, which are applied already is asked first."""
        works: list[_Work] = []
        known: Mapping[AppliedKey, Announcement] | None = None
        began, turn_ends, size = time.monotonic(), 0.0, 0
        for record in records:
            if time.monotonic() >= turn_ends:
                await asyncio.sleep(0)
                if known is None and (works or self._takes_long):
                    known = await self._applied([record, *ahead()])
                turn_ends = time.monotonic() + TURN_SECONDS
            started = time.monotonic()
            works.append((known and _repeated(record, known)) or self._prepared(record))
            charge(time.monotonic() - started)
            size += works[-1].bytes
            if size >= SLICE_BYTES or time.monotonic() - began >= SLICE_SECONDS:
                break
        self._takes_long = bool(known) or time.monotonic() - began >= TURN_SECONDS
        return works

    async def _applied(self, records: Iterable[Record]) -> Mapping[AppliedKey, Announcement]:
        keys = {key for record in records if (key := applied_key(record.value))}

        async def asked() -> Mapping[AppliedKey, Announcement]:
            async with asyncio.timeout(TRANSACTION_SECONDS):
                return await self._contacts.applied(keys)

        return await self._retries.until_done("applied", asked)

    def _prepared(self, record: Record) -> _Work:
        work = _Work(record)
        try:
            result = decode(record.value)
            work.proposal = propose(result, self._coercion_of(result.workspace_id), self._clock.now())
            if work.proposal:
                carried = (result.carried, result.revision) if result.carried else carried_of(record.value or b"")
                work.proposal.carried, work.proposal.mapping_revision = carried
        except UnreadableResultError as error:
            work.proposal = None
            work.dead = self._dead_letter(record, error.reason, error.detail)
        except SetAsideError as error:
            work.proposal = None
            work.dead = self._dead_letter(record, DeadReason.MAPPING_REFUSED, str(error))
        except Exception as error:
            work.proposal = None
            work.dead = self._fault(record, error)
        return work

    async def _apply(self, works: list[_Work], attempt: int = 1) -> None:
        """All at once; when the data of one makes it fail, or it takes too long, halves, until that one is alone."""
        if not works:
            return
        try:
            announcements = await self._retries.until_done("transaction", lambda: self._transaction(works))
        except StoppedError:
            raise
        except Exception as error:
            await self._isolate(works, error, attempt)
            return
        for work in works:
            assert work.proposal is not None
            made = announcements[work.proposal.key]
            if made.why_dead is None:
                work.announcement = made
            else:
                work.dead = self._dead_letter(work.record, DeadReason.MAPPING_REFUSED, made.why_dead)

    async def _isolate(self, works: list[_Work], error: Exception, attempt: int) -> None:
        """`attempt`: of just these."""
        if len(works) > 1:
            middle = len(works) // 2
            await self._apply(works[:middle])
            await self._apply(works[middle:])
        elif attempt < POISON_ATTEMPTS:
            await self._apply(works, attempt + 1)
        else:
            works[0].dead = self._fault(works[0].record, error)

    async def _transaction(self, works: list[_Work]) -> dict[AppliedKey, Announcement]:
        return await serialized(lambda keys: self._attempt(works, keys))

    async def _attempt(self, works: list[_Work], keys: Collection[ContactKey]) -> dict[AppliedKey, Announcement]:
        # An attempt that was rolled back must leave nothing in the proposals.
        proposals = [work.proposal.fresh_copy() for work in works if work.proposal]
        workspaces = {proposal.workspace_id for proposal in proposals}
        limit = asyncio.timeout(TRANSACTION_SECONDS)
        try:
            async with limit, self._contacts.transaction(workspaces) as session:
                announcements = await apply(session, proposals, self._clock.now(), keys)
        except Exception as error:
            if not limit.expired():
                raise
            # As long as Postgres does not answer, that is what was wrong.
            await self._applied(())
            raise TooSlowError(f"its transaction took longer than {TRANSACTION_SECONDS} seconds") from error
        for reason in (reason for proposal in proposals for reason in proposal.reasons()):
            self._metrics.refused_values.labels(reason.value).inc()
        return announcements

    async def _publish_dead(self, works: Sequence[_Work]) -> None:
        waiting = [self._dead_message(work) for work in works if work.dead]

        async def send() -> None:
            nonlocal waiting
            failed = _only_those_to_repeat(await self._publisher.send(waiting))
            waiting = [message for position, message in enumerate(waiting) if position in failed]
            _raise_first(failed)

        if waiting:
            await self._retries.until_done("dead_letters", send)

    async def _publish_updates(self, works: Sequence[_Work]) -> None:
        """Whatever of their contacts is not published yet, also by a mapper that is gone, in the order of the writes.

        On a failure all of a portion go again: resending only some could swap two updates of one contact. One that the
        topic takes in no form becomes a dead letter: its contact is written, and nobody was told.
        """
        once = {work.announcement.key: work for work in works if work.announcement}
        known = {key: work.announcement for key, work in once.items() if work.announcement}

        async def send(due: Due) -> None:
            messages = [self._message(update, _trace_of(once.get(update.key))) for update in due.updates]
            failed = await self._publisher.send(messages) if messages else {}
            _raise_first(_only_those_to_repeat(failed))
            for position in failed:
                self._set_aside(due.updates[position].key, once, DeadReason.TOO_LARGE, NEVER_FITS)
            for key in due.lost:
                self._set_aside(key, once, DeadReason.REPEATED_FAULT, LOST)

        if once:
            await self._retries.until_done("publish", lambda: self._updates.publish(known, send))

    def _set_aside(self, key: AppliedKey, works: Mapping[AppliedKey, _Work], reason: DeadReason, detail: str) -> None:
        work = works.get(key)
        if work is None:
            log.error("update.unpublishable", execution_id=str(key.execution_id), why=detail)
            return
        work.dead = self._dead_letter(work.record, reason, detail)

    def _message(self, made: Announcement, headers: tuple[Header, ...] = ()) -> Outgoing:
        topic = self._prefix + CONTACT_UPDATED.name
        return Outgoing(topic, made.message_key(), made.body, headers, smaller=_with_the_least)

    def _dead_message(self, work: _Work) -> Outgoing:
        assert work.dead is not None
        record = work.record
        headers = tuple(work.dead.headers_on(record.headers))
        return Outgoing(self._prefix + RESULT_DEAD.name, record.key, record.value, headers, smaller=without_body)

    def _fault(self, record: Record, error: Exception) -> DeadLetter:
        log.error("result.poisonous", partition=record.partition, offset=record.offset, **described(error))
        detail = str(error) if isinstance(error, TooSlowError) else type(error).__name__
        return self._dead_letter(record, DeadReason.REPEATED_FAULT, detail)

    def _dead_letter(self, record: Record, reason: DeadReason, detail: str) -> DeadLetter:
        return DeadLetter(
            reason=reason,
            detail=detail,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            attempts=deaths_of(record.headers) + 1,
            at=self._clock.now(),
            service=SERVICE,
        )

    def _count(self, works: Sequence[_Work]) -> None:
        for reason, count in Counter(work.dead.reason.value for work in works if work.dead).items():
            self._metrics.dead_letters.labels(reason).inc(count)
        for outcome, count in Counter(map(_outcome, works)).items():
            self._metrics.results.labels(outcome).inc(count)


def _repeated(record: Record, known: Mapping[AppliedKey, Announcement]) -> _Work | None:
    """Applied before, so it is only published, if it is not yet; None for anything else."""
    key = applied_key(record.value)
    made = known.get(key) if key else None
    return _Work(record, announcement=made) if made else None


def _outcome(work: _Work) -> str:
    """A word for the metrics."""
    if work.dead:
        return "dead"
    return work.announcement.outcome if work.announcement else "no_mappings"


def _trace_of(work: _Work | None) -> tuple[Header, ...]:
    headers = work.record.headers if work else ()
    return tuple((name, value) for name, value in headers if name in TRACE_HEADERS and value)


def _with_the_least(update: Outgoing) -> Outgoing:
    return replace(update, value=smallest_update(update.value or b""))


def _only_those_to_repeat(failed: dict[int, Exception]) -> dict[int, Exception]:
    return {position: error for position, error in failed.items() if not isinstance(error, NeverFitsError)}


def _raise_first(failed: dict[int, Exception]) -> None:
    if failed:
        first = next(iter(failed.values()))
        raise NotPublishedError(f"{len(failed)} messages, the first with {type(first).__name__}") from first
