-- What BI tools ask over Kylin's REST, by the names of their shapes. `query NAME` is followed by what is
-- sent; `ordered` where the order of the rows is part of the answer, `about` where quotients are rounded
-- otherwise. `oracle` is followed by what DuckDB is asked over the messages, with the labels that are
-- expected; `refused` by what the error must say, while single messages are not kept.

-- query ss_kylin_ping
SELECT 1;
-- oracle
SELECT 1 AS "Int64(1)";

-- query ss_kylin_minute
SELECT
  CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO MINUTE) AS TIMESTAMP) AS "TS",
  SUM("AMOUNT") AS "SUM(amount)"
FROM "DEFAULT"."ORDERS"
WHERE
  "TS" >= CAST('2024-01-10 00:00:00' AS TIMESTAMP)
  AND "TS" < CAST('2024-02-10 00:00:00' AS TIMESTAMP)
GROUP BY
  CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO MINUTE) AS TIMESTAMP)
LIMIT 50000;
-- oracle
SELECT date_trunc('minute', ts) AS "TS", sum(amount) AS "SUM(amount)" FROM orders
WHERE ts >= '2024-01-10' AND ts < '2024-02-10' GROUP BY 1;

-- query ss_kylin_hour
SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO HOUR) AS TIMESTAMP) AS "TS", COUNT(*) AS "count"
FROM "DEFAULT"."ORDERS"
GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO HOUR) AS TIMESTAMP)
LIMIT 10000;
-- oracle
SELECT date_trunc('hour', ts) AS "TS", count(*) AS "count" FROM orders GROUP BY 1;

-- query ss_kylin_day
SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE) AS "TS", SUM("AMOUNT") AS "SUM(amount)"
FROM "DEFAULT"."ORDERS"
WHERE "TS" >= CAST('2024-01-10 00:00:00' AS TIMESTAMP) AND "TS" < CAST('2024-02-10 00:00:00' AS TIMESTAMP)
GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE)
LIMIT 1000;
-- oracle
SELECT CAST(ts AS DATE) AS "TS", sum(amount) AS "SUM(amount)" FROM orders
WHERE ts >= '2024-01-10' AND ts < '2024-02-10' GROUP BY 1;

-- query ss_kylin_week
SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO WEEK) AS DATE) AS "TS", SUM("AMOUNT") AS "SUM(amount)"
FROM "DEFAULT"."ORDERS"
GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO WEEK) AS DATE)
LIMIT 1000;
-- oracle
SELECT CAST(date_trunc('week', ts + INTERVAL 1 DAY) - INTERVAL 1 DAY AS DATE) AS "TS", sum(amount) AS "SUM(amount)"
FROM orders GROUP BY 1;

-- query ss_kylin_legacy_timestamp
SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE) AS "__timestamp", COUNT(*) AS "count", SUM("AMOUNT") AS "SUM(amount)"
FROM "DEFAULT"."ORDERS"
GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE)
ORDER BY "count" DESC
LIMIT 1000;
-- oracle
SELECT CAST(ts AS DATE) AS "__timestamp", count(*) AS "count", sum(amount) AS "SUM(amount)" FROM orders GROUP BY 1;

-- query ss_kylin_topn_series
SELECT
  CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE) AS "TS",
  "COUNTRY" AS "COUNTRY",
  SUM("AMOUNT") AS "SUM(amount)"
FROM "DEFAULT"."ORDERS"
JOIN (
  SELECT
    "COUNTRY" AS "COUNTRY__",
    SUM("AMOUNT") AS mme_inner__
  FROM "DEFAULT"."ORDERS"
  WHERE
    "TS" >= CAST('2024-01-10 00:00:00' AS TIMESTAMP)
    AND "TS" < CAST('2024-02-10 00:00:00' AS TIMESTAMP)
  GROUP BY
    "COUNTRY"
  ORDER BY
    SUM("AMOUNT") DESC
  LIMIT 5
) AS series_limit
  ON "COUNTRY" = "COUNTRY__"
WHERE
  "TS" >= CAST('2024-01-10 00:00:00' AS TIMESTAMP)
  AND "TS" < CAST('2024-02-10 00:00:00' AS TIMESTAMP)
GROUP BY
  CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE),
  "COUNTRY"
LIMIT 1000;
-- oracle
WITH chosen AS (SELECT * FROM orders WHERE ts >= '2024-01-10' AND ts < '2024-02-10'),
best AS (SELECT country AS c FROM chosen GROUP BY country ORDER BY sum(amount) DESC LIMIT 5)
SELECT CAST(ts AS DATE) AS "TS", country AS "COUNTRY", sum(amount) AS "SUM(amount)" FROM chosen JOIN best ON country = c GROUP BY 1, 2;

-- query ss_kylin_filters
SELECT "COUNTRY" AS "COUNTRY", COUNT(*) AS "count"
FROM "DEFAULT"."ORDERS"
WHERE
  "TS" >= CAST('2024-01-10 00:00:00' AS TIMESTAMP)
  AND "COUNTRY" IN ('US', 'DE')
  AND (
    NOT "DEVICE" IN ('tablet')
  )
  AND NOT "COUNTRY" IS NULL
  AND "CATEGORY" <> 'toys' AND "QUANTITY" > 2 AND "AMOUNT" <= 250.5
GROUP BY "COUNTRY"
LIMIT 1000;
-- oracle
SELECT country AS "COUNTRY", count(*) AS "count" FROM orders
WHERE ts >= '2024-01-10' AND country IN ('US', 'DE') AND device NOT IN ('tablet') AND category <> 'toys'
AND quantity > 2 AND amount <= 250.5 GROUP BY 1;

-- query ss_kylin_ilike
SELECT "COUNTRY" AS "COUNTRY", COUNT(*) AS "count"
FROM "DEFAULT"."ORDERS"
WHERE LOWER("CATEGORY") LIKE LOWER('BO%')
GROUP BY "COUNTRY"
LIMIT 1000;
-- oracle
SELECT country AS "COUNTRY", count(*) AS "count" FROM orders WHERE category ILIKE 'bo%' GROUP BY 1;

-- query ss_kylin_virtual_dataset
SELECT CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE) AS "TS", "COUNTRY" AS "COUNTRY", COUNT(*) AS "count", SUM(gross) AS gross
FROM (
  SELECT TS, COUNTRY, AMOUNT * QUANTITY AS gross
  FROM "DEFAULT"."ORDERS"
  WHERE NOT COUNTRY IS NULL
) AS virtual_table
WHERE "TS" >= CAST('2024-01-10 00:00:00' AS TIMESTAMP)
GROUP BY CAST(FLOOR(CAST("TS" AS TIMESTAMP) TO DAY) AS DATE), "COUNTRY"
LIMIT 1000;
-- oracle
SELECT CAST(ts AS DATE) AS "TS", country AS "COUNTRY", count(*) AS "count", sum(amount * quantity) AS gross
FROM orders WHERE country IS NOT NULL AND ts >= '2024-01-10' GROUP BY 1, 2;

-- query ss_kylin_filter_values
SELECT DISTINCT "COUNTRY" AS column_values
FROM "DEFAULT"."ORDERS"
 LIMIT 10000;
-- oracle
SELECT DISTINCT country AS column_values FROM orders;

-- query ss_kylin_samples ordered
SELECT "TS" AS "TS", "COUNTRY" AS "COUNTRY", "CATEGORY" AS "CATEGORY", "DEVICE" AS "DEVICE", "USER_ID" AS "USER_ID", "AMOUNT" AS "AMOUNT", "QUANTITY" AS "QUANTITY"
FROM "DEFAULT"."ORDERS"
WHERE "COUNTRY" = 'US'
ORDER BY "TS" ASC
LIMIT 5
OFFSET 5;
-- refused
the single messages of table orders are not kept, so LIMIT cannot choose among them

-- query ss_kylin_sqllab
SELECT
  *
FROM "DEFAULT"."ORDERS"
LIMIT 11;
-- refused
the single messages of table orders are not kept, so LIMIT cannot choose among them

-- query tb_kylin_group
SELECT "ORDERS"."COUNTRY" AS "COUNTRY", SUM("ORDERS"."AMOUNT") AS "sum_AMOUNT_ok"
FROM "DEFAULT"."ORDERS" "ORDERS"
GROUP BY "ORDERS"."COUNTRY";
-- oracle
SELECT country AS "COUNTRY", sum(amount) AS "sum_AMOUNT_ok" FROM orders GROUP BY 1;

-- query xl_odbc_all
SELECT orders.country, orders.category, orders.amount FROM orders orders WHERE (orders.country='US') AND (orders.quantity>=5);
-- refused
the single messages of table orders are not kept

-- query ky_classic ordered
select country, sum(amount) as total, count(distinct user_id) as users, count(*) as cnt
from orders
where ts >= timestamp '2024-02-01 00:00:00' and ts < timestamp '2024-03-01 00:00:00'
group by country
order by total desc;
-- oracle
select country, sum(amount) as total, count(distinct user_id) as users, count(*) as cnt
from orders
where ts >= timestamp '2024-02-01 00:00:00' and ts < timestamp '2024-03-01 00:00:00'
group by country
order by total desc;

-- query ky_timestampadd
SELECT TIMESTAMPDIFF(DAY, MIN("TS"), MAX("TS")) AS "DAYS", TIMESTAMPADD(DAY, -7, MAX("TS")) AS "WEEK_BEFORE" FROM "DEFAULT"."ORDERS";
-- oracle
SELECT date_sub('day', min(ts), max(ts)) AS "DAYS", max(ts) - INTERVAL 7 DAY AS "WEEK_BEFORE" FROM orders;

-- query ky_year_month_fn
SELECT YEAR("TS") AS "Y", MONTH("TS") AS "M", QUARTER("TS") AS "Q", COUNT(*) AS "C" FROM "DEFAULT"."ORDERS" GROUP BY YEAR("TS"), MONTH("TS"), QUARTER("TS");
-- oracle
SELECT year(ts) AS "Y", month(ts) AS "M", quarter(ts) AS "Q", count(*) AS "C" FROM orders GROUP BY 1, 2, 3;

-- query ky_topn ordered
SELECT user_id, SUM(amount) AS s FROM orders GROUP BY user_id ORDER BY SUM(amount) DESC LIMIT 10;
-- oracle
SELECT user_id, sum(amount) AS s FROM orders GROUP BY user_id ORDER BY sum(amount) DESC LIMIT 10;

-- query ky_approx
SELECT device, APPROX_DISTINCT(user_id) AS u FROM orders GROUP BY device;
-- oracle
SELECT device, count(DISTINCT user_id) AS u FROM orders GROUP BY device;

-- query ky_grouping_sets
SELECT country, device, SUM(quantity) AS q, GROUPING(country) AS g FROM orders GROUP BY GROUPING SETS ((country, device), (country), ());
-- oracle
SELECT country, device, SUM(quantity) AS q, GROUPING(country) AS g FROM orders GROUP BY GROUPING SETS ((country, device), (country), ());

-- query ky_fetch_first ordered
SELECT country, SUM(amount) AS s FROM orders GROUP BY country ORDER BY 2 DESC OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY;
-- oracle
SELECT country, SUM(amount) AS s FROM orders GROUP BY country ORDER BY 2 DESC LIMIT 3 OFFSET 2;

-- query rd_limit
SELECT device, category, sum(quantity) q FROM orders GROUP BY device, category LIMIT 1000;
-- oracle
SELECT device, category, sum(quantity) q FROM orders GROUP BY device, category LIMIT 1000;

-- query pd_cte ordered about
WITH daily AS (SELECT CAST(ts AS DATE) AS d, SUM(amount) AS s FROM orders GROUP BY CAST(ts AS DATE))
SELECT d, s, AVG(s) OVER (ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS ma7 FROM daily ORDER BY d;
-- oracle
WITH daily AS (SELECT CAST(ts AS DATE) AS d, SUM(amount) AS s FROM orders GROUP BY CAST(ts AS DATE))
SELECT d, s, AVG(s) OVER (ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS ma7 FROM daily ORDER BY d;

-- query pd_row_number
SELECT country, category, s FROM (
  SELECT country, category, SUM(amount) AS s, ROW_NUMBER() OVER (PARTITION BY country ORDER BY SUM(amount) DESC) AS rn
  FROM orders GROUP BY country, category) t
WHERE rn <= 2;
-- oracle
SELECT country, category, s FROM (
  SELECT country, category, SUM(amount) AS s, ROW_NUMBER() OVER (PARTITION BY country ORDER BY SUM(amount) DESC) AS rn
  FROM orders GROUP BY country, category) t
WHERE rn <= 2;

-- query pd_between_date
SELECT COUNT(*) AS c FROM orders WHERE ts BETWEEN '2024-01-10' AND '2024-01-20';
-- refused
2024-01-20 00:00:00.000001 of ts lies within a bucket of minute_start

-- query pd_like_escape
SELECT COUNT(*) AS c FROM orders WHERE category LIKE '%\%%' ESCAPE '\';
-- oracle
SELECT COUNT(*) AS c FROM orders WHERE category LIKE '%\%%' ESCAPE '\';

-- query pd_constant_only
SELECT 1 AS one, 'x' AS s, CAST(NULL AS VARCHAR) AS n, DATE '2024-01-02' AS d, TIMESTAMP '2024-01-02 03:04:05' AS t;
-- oracle
SELECT 1 AS one, 'x' AS s, CAST(NULL AS VARCHAR) AS n, DATE '2024-01-02' AS d, TIMESTAMP '2024-01-02 03:04:05' AS t;

-- query adbc_params
SELECT country, SUM(amount) AS s FROM orders WHERE country = 'DE' AND quantity > 3 GROUP BY country;
-- oracle
SELECT country, SUM(amount) AS s FROM orders WHERE country = 'DE' AND quantity > 3 GROUP BY country;
