# Sidekiq at its defaults: this program gives jobs to a process of Sidekiq, which loads this file too. The
# argument is the port.

if defined?(Sidekiq::CLI)
  # In Sidekiq's process.
else
  ENV["REDIS_URL"] = "redis://127.0.0.1:#{ARGV.fetch(0)}/0"
  require "sidekiq"
  require "sidekiq/api"
  require "sidekiq/scheduled"
end

# Debian's Sidekiq is older than its redis.
Redis.silence_deprecations = true

# Notes its number; negative ones fail the first time.
class Note
  include Sidekiq::Worker

  def perform(number)
    Sidekiq.redis do |redis|
      raise "not yet" if number.negative? && redis.incr("attempts") == 1
      redis.rpush("done", number)
    end
  end
end

return if defined?(Sidekiq::CLI)

def equal(actual, expected)
  raise "#{actual.inspect} is not #{expected.inspect}" unless actual == expected
end

def wait_until(what)
  deadline = Time.now + 20
  until yield
    raise "waited in vain until #{what}" if Time.now > deadline
    Thread.pass
  end
end

def done(count)
  Array.new(count) { Sidekiq.redis { |redis| redis.blpop("done", timeout: 20) }.last.to_i }
end

sidekiq = spawn("sidekiq", "--require", File.expand_path(__FILE__), "--concurrency", "8", out: File::NULL)
begin
  Note.perform_async(0)
  equal(done(1), [0])

  Sidekiq::Client.push_bulk("class" => Note, "args" => (1..500).map { |n| [n] })
  equal(done(500).sort, (1..500).to_a)

  # What is due moves to its queue, by a script; the process would look only every few seconds.
  Note.perform_in(0.05, 501)
  Note.perform_in(3600, 502)
  equal(Sidekiq::ScheduledSet.new.size, 2)
  wait_until("it is due") do
    Sidekiq::Scheduled::Enq.new.enqueue_jobs
    Sidekiq::ScheduledSet.new.size == 1
  end
  equal(done(1), [501])

  # What failed is kept and tried again.
  Note.perform_async(-1)
  wait_until("it has failed") { Sidekiq::RetrySet.new.size == 1 }
  equal(Sidekiq::RetrySet.new.first["error_message"], "not yet")
  Sidekiq::RetrySet.new.retry_all
  equal(done(1), [-1])

  wait_until("all is counted") { Sidekiq::Stats.new.processed == 504 }
  stats = Sidekiq::Stats.new
  equal([stats.failed, stats.enqueued, stats.scheduled_size, stats.retry_size], [1, 0, 1, 0])
  equal(Sidekiq::ProcessSet.new.size, 1)
ensure
  Process.kill("TERM", sidekiq)
  Process.wait(sidekiq)
end
equal($?.exitstatus, 0)
equal(Sidekiq::Queue.all.map(&:size), [0])
