// Package brokers runs real MQTT brokers, each with data of its own, on loopback.
//
// # Concepts
//
// A Broker can be started, killed without a word, stopped for a while by a signal, and
// given Rules: whether a node may write its alerts, and how long a message may be. It is
// a program that the machine has already (mosquitto, nats-server, rabbitmq-server); what
// it writes lies in one folder, what it listens to is a free port of 127.0.0.1.
//
// # Concurrency
//
// A Broker belongs to one goroutine.
//
// # Sources
//
// mosquitto.conf(5) and mosquitto-auth of 2.0; docs.nats.io, MQTT and authorization;
// rabbitmq.com/docs/mqtt and /docs/access-control of 3.10.
package brokers
