"""StrideIQ, a self-hosted running coach that cannot lose a runner's history."""
