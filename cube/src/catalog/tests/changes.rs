//! Who watches is told of every change, after it was made.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_job_and_of_a_cube_is_told() {
    let fixture = Fixture::empty().await;
    let mut changes = fixture.catalog.changes();
    let mut told = || std::iter::from_fn(|| changes.try_recv().ok()).collect::<Vec<_>>();
    let cube = || Change::Cube(flights());
    let catalog = &fixture.catalog;

    catalog.create_cubes(&SpecFile::parse(FLIGHTS).unwrap(), "ada").await.unwrap();
    assert_eq!(told(), [cube()]);
    let job = fixture.reserve("0:0..10").await.unwrap();
    assert_eq!(told(), [Change::Job(job.id), cube()]);
    catalog.set_job_priority(job.id, 1).await.unwrap();
    catalog.set_job_state(job.id, JobState::Stopped).await.unwrap();
    catalog.set_job_state(job.id, JobState::Pending).await.unwrap();
    let attempt = catalog.begin_attempt(job.id).await.unwrap();
    catalog
        .record_attempt(job.id, attempt.attempt, &attempt.steps, Effort::default(), Some("no"))
        .await
        .unwrap();
    assert_eq!(told(), [(); 5].map(|()| Change::Job(job.id)));
    catalog.discard(job.id, "").await.unwrap();
    assert_eq!(told(), [Change::Job(job.id), cube()]);
    catalog.drop_job(job.id).await.unwrap();
    assert_eq!(told(), [Change::JobDropped(job.id)]);

    let published = fixture.publish("0:0..10").await;
    assert_eq!(told().len(), 5, "reserved, begun, published; the cube twice");
    catalog.delete_segment(&flights(), published.segment, "").await.unwrap();
    catalog.enable_cube(&flights(), false).await.unwrap();
    catalog.purge_cube(&flights(), "").await.unwrap();
    catalog.drop_cube(&flights()).await.unwrap();
    assert_eq!(told(), [cube(), cube(), cube(), cube()]);
    let refused = fixture.reserve("0:0..10").await;
    assert!(refused.is_err() && told().is_empty(), "what was not done is not told");
}
