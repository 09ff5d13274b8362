// The Go peer of scripts/bench: what somebody would have written in an afternoon with grpc-gateway. One program in two roles,
// which are started as two processes like flux-gateway and flux-service:
//
//	peer backend FAL_ADDRESS    gRPC; orders from a fal at this address
//	peer gateway BACKEND        REST in front of that backend
//
// Each listens on a port of its own choice and says on stderr which.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"pictures"
)

var apps = map[string]string{
	"dev":     "/fal-ai/flux/dev",
	"pro":     "/fal-ai/flux-pro",
	"schnell": "/fal-ai/flux/schnell",
}

var sizes = map[string]string{
	"":     "landscape_4_3",
	"1:1":  "square_hd",
	"3:4":  "portrait_4_3",
	"9:16": "portrait_16_9",
	"4:3":  "landscape_4_3",
	"16:9": "landscape_16_9",
}

// What fal is sent.
type input struct {
	Prompt   string  `json:"prompt"`
	Size     string  `json:"image_size"`
	Guidance float64 `json:"guidance_scale"`
	Steps    int32   `json:"num_inference_steps"`
	Images   int32   `json:"num_images"`
	Seed     *uint64 `json:"seed,omitempty"`
}

func inputOf(order *pictures.Order) input {
	in := input{Prompt: order.Prompt, Size: order.AspectRatio, Guidance: 3.5, Steps: 28, Images: 1}
	if size, known := sizes[order.AspectRatio]; known {
		in.Size = size
	}
	if order.GuidanceScale > 0 {
		in.Guidance = order.GuidanceScale
	}
	if order.NumInferenceSteps > 0 {
		in.Steps = order.NumInferenceSteps
	}
	if order.NumImages > 0 {
		in.Images = order.NumImages
	}
	if order.Seed != 0 {
		in.Seed = &order.Seed
	}
	return in
}

type backend struct {
	fal    string // HOST:PORT
	client http.Client
}

func (b *backend) Buy(ctx context.Context, order *pictures.Order) (*pictures.Sold, error) {
	app, known := apps[order.Model]
	if !known {
		return nil, status.Errorf(codes.NotFound, "no model is called %q", order.Model)
	}
	if order.Prompt == "" {
		return nil, status.Error(codes.InvalidArgument, "prompt is missing")
	}
	body, err := json.Marshal(inputOf(order))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+b.fal+app, bytes.NewReader(body))
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	request.Header.Set("Authorization", "Key bench:bench")
	request.Header.Set("Content-Type", "application/json")

	begun := time.Now()
	reply, err := b.client.Do(request)
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, status.Errorf(codes.Unknown, "fal answered %d", reply.StatusCode)
	}
	sold := &pictures.Sold{Success: true, Data: &pictures.Bought{}}
	// The generated type has the names that fal uses.
	if err := json.NewDecoder(reply.Body).Decode(sold.Data); err != nil {
		return nil, status.Error(codes.Unknown, "fal's answer is no JSON that was expected")
	}
	sold.ProcessingTime = time.Since(begun).Milliseconds()
	return sold, nil
}

func listen(name string) net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "{\"event\":\"listening\",\"name\":%q,\"address\":%q}\n", name, listener.Addr())
	return listener
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: peer backend FAL_ADDRESS | peer gateway BACKEND")
	}
	switch role, address := os.Args[1], os.Args[2]; role {
	case "backend":
		b := &backend{fal: address}
		// Go keeps two idle connections to a host unless told otherwise, which no proxy could live with.
		b.client.Transport = &http.Transport{MaxIdleConnsPerHost: 10000, IdleConnTimeout: time.Minute, DisableCompression: true}
		server := grpc.NewServer()
		pictures.RegisterPicturesServer(server, b)
		log.Fatal(server.Serve(listen("grpc")))
	case "gateway":
		asWritten := &runtime.JSONPb{OrigName: true, EmitDefaults: true}
		mux := runtime.NewServeMux(runtime.WithMarshalerOption(runtime.MIMEWildcard, asWritten))
		plain := []grpc.DialOption{grpc.WithInsecure()}
		if err := pictures.RegisterPicturesHandlerFromEndpoint(context.Background(), mux, address, plain); err != nil {
			log.Fatal(err)
		}
		log.Fatal(http.Serve(listen("http"), mux))
	default:
		log.Fatalf("no role is called %q", role)
	}
}
