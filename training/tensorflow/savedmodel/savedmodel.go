package savedmodel

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"
	gpb "github.com/tensorflow/tensorflow/tensorflow/go/core/framework/graph_go_proto"
	npb "github.com/tensorflow/tensorflow/tensorflow/go/core/framework/node_def_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/auscult/auscult/training/external"
	"github.com/auscult/auscult/training/network"
	"github.com/auscult/auscult/training/tensorflow/tensor"
)

// MaxDifference is by how much the network's outputs may differ from the SavedModel's, by
// the largest of them.
const MaxDifference = 1e-4

// serve is the tag of graphs for inference.
const serve = "serve"

// prefix begins the names of what is added to a SavedModel's graph.
const prefix = "auscult"

// Import returns the network in a SavedModel's folder, without batch normalisation, and
// what there is to say of it.
func Import(dir, signature string) (net *network.Network, found external.Import, err error) {
	m, err := tf.LoadSavedModel(dir, []string{serve}, nil)
	if err != nil {
		return nil, found, fmt.Errorf("savedmodel: %s: %w", dir, err)
	}
	defer m.Session.Close() //nolint:errcheck // the result is what counts
	r := &reader{m: m, depends: map[output]bool{}}
	if net, err = r.read(signature); err == nil {
		found.Difference, err = r.compare(net)
	}
	if err != nil {
		return nil, found, fmt.Errorf("savedmodel: %s: %w", dir, err)
	}
	for _, d := range r.dims[1:] {
		found.Input = append(found.Input, int(d))
	}
	return net, found, nil
}

// reader reads one signature of a SavedModel.
type reader struct {
	m       *tf.SavedModel
	x, y    tf.Output // of the signature
	input   output
	flat    *flat
	depends map[output]bool // on the input
	dims    []int64         // of the input, for a batch of one
}

func (r *reader) read(signature string) (*network.Network, error) {
	s, ok := r.m.Signatures[signature]
	if !ok {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(r.m.Signatures)),
			func(name string) bool { return strings.HasPrefix(name, "__") })
		return nil, fmt.Errorf("there is no signature %q, but %q: choose one with --signature", signature, names)
	}
	if len(s.Inputs) != 1 || len(s.Outputs) != 1 {
		return nil, fmt.Errorf("the signature %q has inputs %q and outputs %q: an autoencoder has one of each",
			signature, slices.Sorted(maps.Keys(s.Inputs)), slices.Sorted(maps.Keys(s.Outputs)))
	}
	in, out := slices.Collect(maps.Values(s.Inputs))[0], slices.Collect(maps.Values(s.Outputs))[0]
	if in.DType != tf.Float || out.DType != tf.Float {
		return nil, fmt.Errorf("the signature %q has another type than float32", signature)
	}
	var err error
	if r.x, err = r.found(in.Name); err == nil {
		r.y, err = r.found(out.Name)
	}
	if err != nil {
		return nil, err
	}
	r.input = parseOutput(in.Name)
	var raw bytes.Buffer
	if _, err := r.m.Graph.WriteTo(&raw); err != nil {
		return nil, err
	}
	graph := &gpb.GraphDef{}
	if err := proto.Unmarshal(raw.Bytes(), graph); err != nil {
		return nil, err
	}
	r.flat = newFlat(graph)
	end, err := r.flat.write(r.flat.root(), out.Name)
	if err != nil {
		return nil, err
	}
	if err := r.extend(graph); err != nil {
		return nil, err
	}
	nodes, err := r.follow(end)
	if err != nil {
		return nil, err
	}
	return r.build(nodes)
}

// found returns an output of the graph by its name.
func (r *reader) found(name string) (tf.Output, error) {
	o := parseOutput(name)
	op := r.m.Graph.Operation(o.node)
	if op == nil || o.index < 0 || o.index >= op.NumOutputs() {
		return tf.Output{}, fmt.Errorf("the graph lacks %.100q", name)
	}
	return op.Output(o.index), nil
}

// extend adds what was written out to the graph of the session.
func (r *reader) extend(graph *gpb.GraphDef) error {
	raw, err := proto.Marshal(r.flat.graph(graph))
	if err != nil {
		return err
	}
	options := tf.GraphImportOptions{Prefix: prefix}
	for o, name := range r.flat.kept {
		kept, err := r.found(o.String())
		if err != nil {
			return err
		}
		options.AddInputMapping(name, 0, kept)
	}
	return r.m.Graph.ImportWithOptions(raw, options)
}

// output returns an output of what was written out.
func (r *reader) output(o output) (tf.Output, error) {
	if _, ok := r.flat.kept[o]; ok {
		return r.found(o.String())
	}
	return r.found(prefix + "/" + o.String())
}

// dependent says whether an output depends on the input.
func (r *reader) dependent(o output) bool {
	if o == r.input {
		return true
	}
	got, known := r.depends[o]
	if known {
		return got
	}
	if n := r.flat.nodes[o.node]; n != nil {
		for _, ref := range n.GetInput() {
			if r.dependent(parseOutput(ref)) {
				got = true
				break
			}
		}
	}
	r.depends[o] = got
	return got
}

// follow returns the nodes between the input and an output, first to last.
func (r *reader) follow(o output) ([]*npb.NodeDef, error) {
	var nodes []*npb.NodeDef
	for o != r.input {
		n := r.flat.nodes[o.node]
		if n == nil || !r.dependent(o) {
			return nil, fmt.Errorf("%s does not depend on the input", o.node)
		}
		if o.index != 0 {
			return nil, fmt.Errorf("%s: %w", o.node, unknown(n))
		}
		data := r.data(n)
		if len(data) != 1 {
			return nil, fmt.Errorf("%s: %d things that depend on the input come together: only chains can be imported",
				o.node, len(data))
		}
		nodes = append(nodes, n)
		o = parseOutput(n.GetInput()[data[0]])
	}
	slices.Reverse(nodes)
	return nodes, nil
}

// data returns which inputs of a node are data that depend on the input; shapes may as well.
func (r *reader) data(n *npb.NodeDef) []int {
	var data []int
	for i, ref := range n.GetInput() {
		switch {
		case n.GetOp() == "Conv2DBackpropInput" && i == 0, n.GetOp() == "Reshape" && i == 1:
		case r.dependent(parseOutput(ref)):
			data = append(data, i)
		}
	}
	return data
}

// build makes the layers.
func (r *reader) build(nodes []*npb.NodeDef) (*network.Network, error) {
	dims, err := r.x.Shape().ToSlice()
	if err != nil {
		return nil, fmt.Errorf("the input's shape is unknown: give the model an input layer with a shape")
	}
	dims[0] = 1
	for _, d := range dims {
		if d < 1 {
			return nil, fmt.Errorf(
				"the input has the shape %v, of which a part is unknown: give the model an input layer with a shape", dims)
		}
	}
	r.dims = dims
	at, err := shapeOf(dims)
	if err != nil {
		return nil, fmt.Errorf("the input: %w", err)
	}
	shapes, err := r.shapes(nodes, dims)
	if err != nil {
		return nil, err
	}
	c := &chain{at: at}
	for i, n := range nodes {
		inputs := make([]*constant, len(n.GetInput()))
		data := r.data(n)
		for k, ref := range n.GetInput() {
			if o := parseOutput(ref); !slices.Contains(data, k) && !r.dependent(o) {
				if inputs[k], err = r.constant(o); err != nil {
					return nil, fmt.Errorf("%s: %w", place(n), err)
				}
			}
		}
		if err := c.add(n, shapes[i], inputs); err != nil {
			return nil, fmt.Errorf("%s: %w", place(n), err)
		}
	}
	net, err := c.network()
	if err == nil && net.In().Size() != net.Out().Size() {
		err = fmt.Errorf("it makes %d values of %d: an autoencoder gives as many as it takes",
			net.Out().Size(), net.In().Size())
	}
	return net, err
}

// place names a node as Keras users know it.
func place(n *npb.NodeDef) string {
	name := n.GetName()
	for {
		first, rest, more := strings.Cut(name, "/")
		if !more || !strings.HasPrefix(first, "StatefulPartitionedCall") && !strings.HasPrefix(first, "PartitionedCall") {
			return name
		}
		name = rest
	}
}

// shapes returns the shapes of the nodes' outputs for a batch of one.
func (r *reader) shapes(nodes []*npb.NodeDef, dims []int64) ([][]int64, error) {
	size := int64(1)
	for _, d := range dims {
		size *= d
	}
	if size > maxInput {
		return nil, fmt.Errorf("the input has %d values: at most %d", size, maxInput)
	}
	x, err := tensor.New(make([]float32, size), dims)
	if err != nil {
		return nil, err
	}
	fetches := make([]tf.Output, len(nodes))
	for i, n := range nodes {
		if fetches[i], err = r.output(output{n.GetName(), 0}); err != nil {
			return nil, err
		}
	}
	got, err := r.m.Session.Run(map[tf.Output]*tf.Tensor{r.x: x}, fetches, nil)
	if err != nil {
		return nil, err
	}
	shapes := make([][]int64, len(got))
	for i, t := range got {
		if shapes[i] = t.Shape(); t.DataType() != tf.Float {
			return nil, fmt.Errorf("%s: has another type than float32", place(nodes[i]))
		}
	}
	return shapes, nil
}

// maxInput bounds the values of an input: package network's bound of activations.
const maxInput = 1 << 22

// constant computes what does not depend on the input. Other types than float32, of
// shapes for one, have no values here.
func (r *reader) constant(o output) (*constant, error) {
	from, err := r.output(o)
	if err != nil {
		return nil, err
	}
	if from.DataType() != tf.Float {
		return &constant{}, nil
	}
	got, err := r.m.Session.Run(nil, []tf.Output{from}, nil)
	if err != nil {
		return nil, err
	}
	c := &constant{}
	for _, d := range got[0].Shape() {
		c.shape = append(c.shape, int(d))
	}
	c.values, err = tensor.Values(got[0])
	return c, err
}

// compare runs both on the same inputs: cells from 0 to 1, and levels in dB.
func (r *reader) compare(net *network.Network) (float64, error) {
	const batch = 8
	dims := slices.Clone(r.dims)
	dims[0] = batch
	in := make([]float32, batch*net.In().Size())
	rng := rand.New(rand.NewPCG(1, 1))
	worst := 0.0
	for _, span := range []float32{1, -100} {
		for i := range in {
			in[i] = span * rng.Float32()
		}
		x, err := tensor.New(in, dims)
		if err != nil {
			return 0, err
		}
		got, err := r.m.Session.Run(map[tf.Output]*tf.Tensor{r.x: x}, []tf.Output{r.y}, nil)
		if err != nil {
			return 0, err
		}
		want, err := tensor.Values(got[0])
		if err != nil {
			return 0, err
		}
		ours := net.Forward(in, batch)
		if len(ours) != len(want) {
			return 0, fmt.Errorf("the imported network gives %d values, the SavedModel %d", len(ours), len(want))
		}
		largest, apart := 0.0, 0.0
		for i, v := range want {
			largest = max(largest, math.Abs(float64(v)))
			apart = max(apart, math.Abs(float64(v)-float64(ours[i]))) // NaN stays
		}
		if !(apart <= MaxDifference*largest) {
			return 0, fmt.Errorf(
				"the imported network differs from the SavedModel by %g of %g: a layer was misread, please report it",
				apart, largest)
		}
		if largest > 0 {
			worst = max(worst, apart/largest)
		}
	}
	return worst, nil
}
