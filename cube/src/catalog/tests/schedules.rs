//! Schedules: one a cube, with what came of its last run.

use super::*;
use crate::id::JobId;
use crate::schedule::{Run, RunOutcome, ScheduleSpec};

fn spec(json: &str) -> ScheduleSpec {
    ScheduleSpec::parse(json).unwrap()
}

fn run(at: i64, outcome: RunOutcome, job: Option<JobId>) -> Run {
    Run { at, outcome, job, message: format!("run of {at}") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cube_has_one_schedule_that_is_put_paused_resumed_and_deleted() {
    let fixture = Fixture::flights().await;
    let catalog = &fixture.catalog;
    let mut changes = catalog.changes();
    let missing = catalog.schedule(&flights()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("flights_cube has no schedule"), "{missing}");

    let shouted = CubeName::new("Flights_CUBE").unwrap();
    let put = catalog.put_schedule(&shouted, &spec(r#"{"every":"5m"}"#)).await.unwrap();
    assert_eq!((&put.cube, put.paused, put.last_run, put.failures), (&flights(), false, None, 0));
    assert_eq!(catalog.schedules().await.unwrap(), std::slice::from_ref(&put));
    assert!(catalog.set_schedule_paused(&shouted, true).await.unwrap().paused);
    let again = catalog.put_schedule(&flights(), &spec(r#"{"cron":"0 * * * *"}"#)).await.unwrap();
    assert!(again.paused && again.created_at >= put.created_at && again.spec != put.spec);
    assert!(!catalog.set_schedule_paused(&flights(), false).await.unwrap().paused);
    catalog.delete_schedule(&flights()).await.unwrap();
    for error in [
        catalog.delete_schedule(&flights()).await.unwrap_err(),
        catalog.set_schedule_paused(&flights(), true).await.unwrap_err(),
        catalog.put_schedule(&CubeName::new("unknown").unwrap(), &put.spec).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    let told: Vec<Change> = std::iter::from_fn(|| changes.try_recv().ok()).collect();
    assert_eq!(told, [(); 5].map(|()| Change::Schedule(flights())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_the_last_run_is_kept_and_failures_in_a_row_are_counted() {
    let fixture = Fixture::flights().await;
    fixture.catalog.put_schedule(&flights(), &spec(r#"{"every":"5m"}"#)).await.unwrap();
    let job = JobId::fresh();
    let runs = [
        (run(1, RunOutcome::Queued, Some(job)), 0),
        (run(2, RunOutcome::Failed, None), 1),
        (run(3, RunOutcome::Failed, None), 2),
        (run(4, RunOutcome::NothingNew, None), 0),
        (run(5, RunOutcome::Overlap, None), 0),
    ];
    for (run, failures) in runs {
        fixture.catalog.record_schedule_run(&flights(), &run).await.unwrap();
        let kept = fixture.catalog.schedule(&flights()).await.unwrap();
        assert_eq!((kept.last_run, kept.last_outcome), (Some(run.at), Some(run.outcome)));
        assert_eq!(
            (kept.last_job, kept.last_message, kept.failures),
            (Some(job), Some(run.message), failures)
        );
    }
    let fixture = fixture.reopened().await;
    assert_eq!(fixture.catalog.schedule(&flights()).await.unwrap().last_run, Some(5));
    fixture.catalog.drop_cube(&flights()).await.unwrap();
    assert!(fixture.catalog.schedules().await.unwrap().is_empty(), "it goes with its cube");
    let late = fixture.catalog.record_schedule_run(&flights(), &run(6, RunOutcome::Failed, None)).await;
    late.unwrap();
}
