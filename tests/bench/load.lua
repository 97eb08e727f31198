-- SPDX-License-Identifier: ISC
-- Deliveries for wrk. From the environment: BENCH_KEY (the API key), BENCH_USERS
-- (how many there are), BENCH_MODE (spread: any of them; hot: one of them),
-- BENCH_PAUSE_MS (between an answer and the next request; may have a fraction).

local key = os.getenv("BENCH_KEY") or ""
local users = tonumber(os.getenv("BENCH_USERS") or "1")
local hot = os.getenv("BENCH_MODE") == "hot"
local pause = tonumber(os.getenv("BENCH_PAUSE_MS") or "0")

-- One member has a constant length, so that all requests have.
local before = '{"author_email":"user'
local after = '@bench.example","author":"author@bench.example",'
	.. '"comment":"The export of last week has all of its columns now, '
	.. 'but the dates in it are still those of another time zone, and two rows are there twice.",'
	.. '"event":"comment-created","level":12,"premium":true,"source":"phone",'
	.. '"at":"2026-11-23T18:04:05Z","ticket":"PHN-1042"}'
local number = "%08d"

local counter = 1
function setup(thread)
	thread:set("seed", os.time() * 16 + counter)
	counter = counter + 1
end

local head
function init(args)
	math.randomseed(seed)
	local length = #before + 8 + #after
	head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. key
		.. "\r\nContent-Type: application/json\r\nContent-Length: " .. length .. "\r\n\r\n" .. before
end

function request()
	local user = hot and math.floor(users / 2) or math.random(0, users - 1)
	return head .. string.format(number, user) .. after
end

if pause > 0 then
	function delay()
		return math.floor(pause + math.random())
	end
end

function done(summary, latency, requests)
	local errors = summary.errors
	io.write(string.format('RESULT {"requests":%d,"seconds":%.6f,"p50Us":%d,"p90Us":%d,'
		.. '"p99Us":%d,"maxUs":%d,"refused":%d,"broken":%d}\n', summary.requests,
		summary.duration / 1e6, latency:percentile(50), latency:percentile(90),
		latency:percentile(99), latency.max, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout))
end
