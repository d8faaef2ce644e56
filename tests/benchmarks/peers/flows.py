"""A viewflow flow of six human tasks."""

from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.flow import views

from tests.benchmarks.peers.models import FlowRequest


def task(following):
    """Return a human task that leads to the next."""
    return flow.View(views.UpdateProcessView.as_view(fields=[])).Next(following)


class RequestFlow(flow.Flow):
    """Accept, extend, suspend, continue, sign, send."""

    process_class = FlowRequest
    lock_impl = lock.select_for_update_lock

    start = flow.Start(views.CreateProcessView.as_view(fields=[])).Next(this.accept)
    accept = task(this.extend)
    extend = task(this.suspend)
    suspend = task(this.resume)
    resume = task(this.sign)
    sign = task(this.send)
    send = task(this.end)
    end = flow.End()
