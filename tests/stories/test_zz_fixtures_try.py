import asyncio, time
from datetime import timedelta
import asyncpg
from temporalio import workflow, activity
from temporalio.worker import Worker, UnsandboxedWorkflowRunner
from temporalio.testing import TimeSkippingConfig
from temporalio.client import Client
import tests.servers
from tests.servers import connect

@workflow.defn
class Ladder:
    def __init__(self): self.rung = 0
    @workflow.run
    async def run(self) -> str:
        start = workflow.now()
        for d in (2, 4, 30):
            await workflow.sleep(timedelta(days=d)); self.rung += 1
        return str(workflow.now() - start)
    @workflow.query
    def r(self) -> int: return self.rung

async def test_skip(temporal_env):
    async with Worker(temporal_env.client, task_queue="q", workflows=[Ladder], workflow_runner=UnsandboxedWorkflowRunner()):
        t=time.time()
        h = await temporal_env.client.start_workflow(Ladder.run, id="a", task_queue="q")
        print(await h.result(), time.time()-t)
        with temporal_env.with_time_skipping_disabled():
            h = await temporal_env.client.start_workflow(Ladder.run, id="b0", task_queue="q")
        await asyncio.sleep(.3); print("disabled rung", await h.query(Ladder.r))
        try:
            t=time.time(); print(await temporal_env.fast_forward(h, timedelta(days=3)), await h.query(Ladder.r), await temporal_env.get_current_time(h), time.time()-t)
            h2 = await temporal_env.client.start_workflow(Ladder.run, id="b1", task_queue="q")
            await asyncio.sleep(.3); print("h2 (enabled) rung", await h2.query(Ladder.r))
            print(await temporal_env.fast_forward(h, timedelta(days=4)), await h.query(Ladder.r), await temporal_env.get_current_time(h))
            print(await h.result())
        except Exception as e: print("ERR", repr(e))

async def test_db(postgres, monkeypatch):
    async def mig(dsn):
        c = await asyncpg.connect(dsn); await c.execute("create table t(x int)"); await c.close()
    monkeypatch.setattr(tests.servers, "migrate", mig)
    for _ in range(4):
        t=time.time(); dsn = await postgres.fresh_database(); print("fresh", time.time()-t)
        c = await asyncpg.connect(dsn); print(await c.fetch("select * from t")); await c.close()
        t=time.time(); await postgres.drop(dsn); print("drop", time.time()-t)

async def test_file(temporal_file):
    s = await temporal_file(); c = await connect(s)
    await c.start_workflow("X", id="x", task_queue="q"); s.kill(); await s.start()
    print((await (await connect(s)).get_workflow_handle("x").describe()).status)
