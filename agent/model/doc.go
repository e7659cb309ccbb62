// Package model joins an autoencoder in a .tflite file with the settings that
// it carries, and scores windows with it.
package model
