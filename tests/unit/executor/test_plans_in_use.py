"""Plans are found as long as anybody has them, and what is gone takes no room for long."""

from uuid import UUID, uuid4

from connector_executor.connectors.in_use import FEW, PlansInUse
from connector_executor.connectors.plan import Plan
from connector_executor.connectors.standin import deleted_plan

WORKSPACE = uuid4()


def a_plan(connector_id: UUID) -> Plan:
    return deleted_plan(connector_id, WORKSPACE)


def test_a_plan_is_found_while_somebody_has_it() -> None:
    plans, kept = PlansInUse(), a_plan(uuid4())
    plans[kept.connector_id] = kept
    plans[kept.connector_id, 3] = kept

    assert plans.get(kept.connector_id) is kept
    assert plans.pop((kept.connector_id, 3)) is kept
    assert plans.get((kept.connector_id, 3)) is None

    connector_id = kept.connector_id
    del kept
    assert plans.get(connector_id) is None
    assert plans.pop(connector_id) is None


def test_plans_that_come_and_go_leave_nothing_behind() -> None:
    plans, kept = PlansInUse(), [a_plan(uuid4()) for _ in range(10)]
    for plan in kept:
        plans[plan.connector_id] = plan

    gone = a_plan(uuid4())
    for _ in range(3 * FEW):
        plans[uuid4()] = gone
    del gone
    for _ in range(2 * FEW):
        connector_id = uuid4()
        plans[connector_id] = a_plan(connector_id)

    assert len(plans) <= 6 * FEW
    for _ in range(5 * FEW):
        connector_id = uuid4()
        plans[connector_id] = a_plan(connector_id)
    assert len(plans) <= FEW
    assert all(plans.get(plan.connector_id) is plan for plan in kept)
