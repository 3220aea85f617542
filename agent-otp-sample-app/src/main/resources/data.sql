INSERT INTO customer (id, email) VALUES (1, 'client@example.com'), (2, 'buyer@example.org'), (3, 'shop@example.net');
