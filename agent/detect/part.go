package detect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// Part is one detector of an ensemble.
type Part struct {
	Name        Name
	Calibration Calibration // of a detector that stands alone: none
	Detector    Detector    // of the kind that the name says
}

// head is what all parts have in JSON; the detector's own fields follow.
type head struct {
	Name        Name        `json:"name"`
	Calibration Calibration `json:"calibration"`
}

// MarshalJSON writes name, calibration and the detector's fields as one object.
func (p Part) MarshalJSON() ([]byte, error) {
	first, err := json.Marshal(head{p.Name, p.Calibration})
	if err != nil {
		return nil, err
	}
	own, err := json.Marshal(p.Detector)
	if err != nil {
		return nil, err
	}
	if len(own) <= len("{}") || own[0] != '{' {
		return first, nil
	}
	return append(append(first[:len(first)-1], ','), own[1:]...), nil
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses fields that the part does not have.
func (p *Part) UnmarshalJSON(data []byte) error {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	first, own := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for name, value := range fields {
		if name == "name" || name == "calibration" {
			first[name] = value
		} else {
			own[name] = value
		}
	}
	var h head
	if err := strictly(first, &h); err != nil {
		return err
	}
	k, known := KindOf(h.Name)
	if !known || !k.Joins {
		return fmt.Errorf("part %q: the parts are %v", h.Name, Names())
	}
	*p = Part{h.Name, h.Calibration, k.New()}
	if err := strictly(own, p.Detector); err != nil {
		return fmt.Errorf("part %s: %w", h.Name, err)
	}
	return nil
}

// strictly decodes fields into a struct that must know them all.
func strictly(fields map[string]json.RawMessage, into any) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

func (p *Part) validate(size Size, alone bool) error {
	k, _ := KindOf(p.Name)
	if p.Detector == nil || reflect.TypeOf(p.Detector) != reflect.TypeOf(k.New()) {
		return fmt.Errorf("has not the parameters that its name says")
	}
	if !alone {
		if err := p.Calibration.validate(); err != nil {
			return err
		}
	}
	return p.Detector.Validate(size)
}
