"""编排: workflows hear, wait and post; they decide nothing."""
