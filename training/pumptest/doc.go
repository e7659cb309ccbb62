// Package pumptest writes simulated recordings for tests.
package pumptest
