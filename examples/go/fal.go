// Makes one picture by fal's own names and fields, as fal.run does: one request that waits for it. Needs no module.
//
//	go run examples/go/fal.go "a lighthouse at dusk" [APP] [FILE]
//
// Environment: FLUX_URL (default http://127.0.0.1:8080), FLUX_API_KEY where the gateway asks for one.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

type output struct {
	Images []struct {
		URL           string
		Width, Height int
	}
	Seed   uint64
	Detail json.RawMessage // of a failure: a sentence; or, where fields are wrong, one entry for each
}

// A picture takes seconds, so the limit is long. A request whose answer was lost may have been paid for: send it again only with
// the header Idempotency-Key, the same each time.
var client = http.Client{Timeout: 180 * time.Second}

func draw(prompt, app string) (made output, price string, err error) {
	base := os.Getenv("FLUX_URL")
	if base == "" {
		base = "http://127.0.0.1:8080"
	}
	input, err := json.Marshal(map[string]any{"prompt": prompt, "image_size": "landscape_16_9"})
	if err != nil {
		return made, "", err
	}
	request, err := http.NewRequest("POST", base+"/fal/run/"+app, bytes.NewReader(input))
	if err != nil {
		return made, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	if key := os.Getenv("FLUX_API_KEY"); key != "" {
		request.Header.Set("Authorization", "Key "+key)
	}
	reply, err := client.Do(request)
	if err != nil {
		return made, "", err
	}
	defer reply.Body.Close()
	if err = json.NewDecoder(reply.Body).Decode(&made); err != nil {
		return made, "", err
	}
	if reply.StatusCode != http.StatusOK {
		return made, "", fmt.Errorf("%d: %s (may be sent again: %s)", reply.StatusCode, made.Detail, reply.Header.Get("x-fal-retryable"))
	}
	return made, reply.Header.Get("x-cost-usd"), nil
}

func save(url, file string) error {
	picture, err := client.Get(url)
	if err != nil {
		return err
	}
	defer picture.Body.Close()
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = io.Copy(out, picture.Body)
	return err
}

func argument(index int, otherwise string) string {
	if len(os.Args) > index {
		return os.Args[index]
	}
	return otherwise
}

func main() {
	file := argument(3, "picture.jpeg")
	made, price, err := draw(argument(1, ""), argument(2, "fal-ai/flux/dev"))
	if err == nil {
		err = save(made.Images[0].URL, file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%s: %dx%d, seed %d, about $%s\n", file, made.Images[0].Width, made.Images[0].Height, made.Seed, price)
}
