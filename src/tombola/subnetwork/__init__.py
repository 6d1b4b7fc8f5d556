"""subnetwork"""
