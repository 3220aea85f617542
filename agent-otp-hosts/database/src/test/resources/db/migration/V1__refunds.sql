CREATE TABLE refund (amount INTEGER);
