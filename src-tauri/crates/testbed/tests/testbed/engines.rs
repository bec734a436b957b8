//! The storage engines start, keep what they are given and come back.

use testbed::Postgres;

#[tokio::test]
async fn postgres_keeps_its_data_over_a_crash() {
    let mut postgres = Postgres::start().await.unwrap();
    postgres
        .execute("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)")
        .await
        .unwrap();
    postgres.kill().await.unwrap();
    assert!(postgres.execute("SELECT 1").await.is_err());
    postgres.restart().await.unwrap();
    assert_eq!(postgres.execute("SELECT x FROM kept").await.unwrap(), "7");
}
