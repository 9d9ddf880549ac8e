# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs jobs side by side, each in a slot."""

import collections
import queue
import threading
import traceback
from dataclasses import dataclass

import processes
import tap


@dataclass
class Event:
    """Something that the slots tell of a job: its start, a result, or its end."""

    job: object
    result: tap.Result = None
    ended: bool = False


def results_of(job, run_job):
    """Yields a Result for each of the job's names, whatever happens to the slot."""
    pending = collections.deque(job.names)
    try:
        for result in run_job(job):
            yield result
            pending.popleft()
    except processes.Stopped:
        raise
    except Exception as error:  # pylint: disable=broad-except
        trace = traceback.format_exc()
        for name in pending:
            result = tap.Result(name, output=trace)
            result.fail(f"the runner could not run this: {error}")
            yield result


def work(jobs, run_job, events):
    """One slot: takes the first of jobs until there is none."""
    try:
        while True:
            job = jobs.get_nowait()
            events.put(Event(job))
            for result in results_of(job, run_job):
                events.put(Event(job, result))
            events.put(Event(job, ended=True))
    except (queue.Empty, processes.Stopped):
        pass


def run(jobs, slots, run_job, handle):
    """Calls handle(Event) here for all that happens while so many slots run jobs."""
    waiting, events, threads = queue.SimpleQueue(), queue.SimpleQueue(), []
    for job in jobs:
        waiting.put(job)
    try:
        for _ in range(slots):
            thread = threading.Thread(target=work, args=(waiting, run_job, events))
            thread.start()
            threads.append(thread)
        left = len(jobs)
        while left:
            event = events.get()
            handle(event)
            left -= event.ended
    except BaseException:
        processes.stop()
        raise
    finally:
        for thread in threads:
            thread.join()
